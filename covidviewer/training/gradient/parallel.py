"""Several processes through torchrun: DistributedDataParallel over NCCL (CUDA) or gloo (processor), nothing of our own.

``torchrun --nproc-per-node 2 -m covidviewer train RECIPE --data DIR``: each process takes its part of every batch, so
the batch (and the learning rate that fits it) is that of the recipe however many processes there are.
"""

from __future__ import annotations

import gc
import os
from dataclasses import dataclass
from typing import Any

import torch
from torch import distributed, nn

__all__ = ["Group", "join", "leave"]


@dataclass(frozen=True)
class Group:
    """This process among its fellows. ``rank`` 0 validates, writes and speaks."""

    rank: int = 0
    world: int = 1
    local: int = 0

    @property
    def first(self) -> bool:
        return self.rank == 0

    def wrap(self, model: nn.Module, device: str) -> nn.Module:
        """The model whose gradients are the mean over all processes; on CUDA batch norms see the whole batch."""
        if self.world == 1:
            return model
        if device == "cuda":
            # The processor has no such layer: there each process normalises by its own part of a batch.
            model = nn.SyncBatchNorm.convert_sync_batchnorm(model)  # type: ignore[no-untyped-call]
            return nn.parallel.DistributedDataParallel(model, device_ids=[self.local])
        return nn.parallel.DistributedDataParallel(model)

    def mean(self, value: float, device: str) -> float:
        """Mean of a number over the processes."""
        if self.world == 1:
            return value
        cell = torch.tensor([value], dtype=torch.float64 if device == "cpu" else torch.float32, device=device)
        distributed.all_reduce(cell)
        return float(cell.item()) / self.world

    def agree(self, value: Any) -> Any:
        """What the first process says, in all."""
        if self.world == 1:
            return value
        cell = [value]
        distributed.broadcast_object_list(cell, src=0)
        return cell[0]

    def meet(self) -> None:
        """Wait for all: who ends while others still work would be taken for a failure, and torchrun would end those."""
        if self.world > 1:
            distributed.barrier()


def join(device: str) -> Group:
    """The group that torchrun has set up in the environment; a group of one without it."""
    world = int(os.environ.get("WORLD_SIZE", "1"))
    if world == 1 or "RANK" not in os.environ:
        return Group()
    local = int(os.environ.get("LOCAL_RANK", "0"))
    if device == "cuda":
        torch.cuda.set_device(local)
    if not distributed.is_initialized():
        distributed.init_process_group("nccl" if device == "cuda" else "gloo")
    return Group(distributed.get_rank(), distributed.get_world_size(), local)


def leave() -> None:
    """End the group, if there is one."""
    if distributed.is_available() and distributed.is_initialized():
        # What only a cycle keeps (a wrapped model, work that is done) holds the group's threads until the interpreter
        # ends, and threads that then ask for it abort the process.
        gc.collect()
        distributed.destroy_process_group()
