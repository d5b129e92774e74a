<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
    <context>
        <name>AboutDialog</name>
        <message>
            <location filename="../../covidviewer/ui/about.py" />
            <source>A DICOM viewer for chest CT and films with an offline second reading by neural networks.</source>
            <translation>胸部 CT 与胸片 DICOM 阅片软件，配有离线的神经网络第二阅片。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/about.py" />
            <source>About covidviewer</source>
            <translation>关于 covidviewer</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/about.py" />
            <source>Close</source>
            <translation>关闭</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/about.py" />
            <source>Code: Apache License 2.0. Weights: see the terms on their model cards. Nothing calls home.</source>
            <translation>代码：Apache License 2.0。权重：条款见各模型卡。程序不联网。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/about.py" />
            <source>Copy versions</source>
            <translation>复制版本信息</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/about.py" />
            <source>Intended use:</source>
            <translation>预期用途：</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/about.py" />
            <source>Research and teaching. It is no medical device. It supports, and does not replace, the reading of a radiologist; low scores do not exclude disease.</source>
            <translation>用于科研和教学，不是医疗器械。它辅助而不取代放射科医师的阅片；低分不能排除疾病。</translation>
        </message>
    </context>
    <context>
        <name>Annotations</name>
        <message>
            <location filename="../../covidviewer/ui/band.py" />
            <source>MODEL {name}</source>
            <translation>模型 {name}</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/band.py" />
            <source>attention map</source>
            <translation>关注图</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/annotations.py" />
            <source>no map from this network</source>
            <translation>该网络没有热图</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/annotations.py" />
            <source>no map: score {score:.2f}</source>
            <translation>无热图：评分 {score:.2f}</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/band.py" />
            <source>no operating point</source>
            <translation>无工作点</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/band.py" />
            <source>research use</source>
            <translation>仅供科研</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/annotations.py" />
            <source>slice not evaluated yet</source>
            <translation>该层尚未评估</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/annotations.py" />
            <source>slice not evaluated: {why}</source>
            <translation>该层未评估：{why}</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/band.py" />
            <source>threshold {value:.2f}</source>
            <translation>阈值 {value:.2f}</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/band.py" />
            <source>{method} map</source>
            <translation>{method} 图</translation>
        </message>
    </context>
    <context>
        <name>App</name>
        <message>
            <location filename="../../covidviewer/app.py" />
            <source>A step failed; the viewer goes on.</source>
            <translation>有一个步骤失败；阅片软件继续运行。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/app.py" />
            <source>Internal error</source>
            <translation>内部错误</translation>
        </message>
        <message>
            <location filename="../../covidviewer/app.py" />
            <source>Its {n} opened places can be opened again as they were.</source>
            <translation>上次打开的 {n} 个位置可以按原样重新打开。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/app.py" />
            <source>Making the demo study</source>
            <translation>正在生成演示检查</translation>
        </message>
        <message>
            <location filename="../../covidviewer/app.py" />
            <source>Nothing that was saved is lost.</source>
            <translation>已保存的内容没有丢失。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/app.py" />
            <source>Report</source>
            <translation>报告</translation>
        </message>
        <message>
            <location filename="../../covidviewer/app.py" />
            <source>Restore</source>
            <translation>恢复</translation>
        </message>
        <message>
            <location filename="../../covidviewer/app.py" />
            <source>The last run ended by a fault</source>
            <translation>上次运行因故障中断</translation>
        </message>
        <message>
            <location filename="../../covidviewer/app.py" />
            <source>The last session did not end by itself</source>
            <translation>上次会话没有正常结束</translation>
        </message>
    </context>
    <context>
        <name>Appearance</name>
        <message>
            <location filename="../../covidviewer/ui/appearance.py" />
            <source>As the system</source>
            <translation>跟随系统</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/appearance.py" />
            <source>Dark</source>
            <translation>深色</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/appearance.py" />
            <source>High contrast</source>
            <translation>高对比度</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/appearance.py" />
            <source>Language</source>
            <translation>语言</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/appearance.py" />
            <source>Text size</source>
            <translation>文字大小</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/appearance.py" />
            <source>Theme</source>
            <translation>主题</translation>
        </message>
    </context>
    <context>
        <name>Canvas</name>
        <message>
            <location filename="../../covidviewer/ui/canvas.py" />
            <source>Drag a series here, or choose one with the arrow keys left and right</source>
            <translation>将序列拖到这里，或用左右方向键选择</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/canvas.py" />
            <source>Image</source>
            <translation>图像</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/canvas.py" />
            <source>No image</source>
            <translation>无图像</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/canvas.py" />
            <source>loading</source>
            <translation>正在加载</translation>
        </message>
    </context>
    <context>
        <name>CineFile</name>
        <message>
            <location filename="../../covidviewer/ui/out/cine_file.py" />
            <source>Film saved</source>
            <translation>动画已保存</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/out/cine_file.py" />
            <source>Making a film of {n} frames</source>
            <translation>正在生成 {n} 帧动画</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/out/cine_file.py" />
            <source>{n} frames were written to {name}.</source>
            <translation>已将 {n} 帧写入 {name}。</translation>
        </message>
    </context>
    <context>
        <name>ClassWords</name>
        <message>
            <location filename="../../covidviewer/ui/class_words.py" />
            <source>COVID-19</source>
            <translation>新冠肺炎</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/class_words.py" />
            <source>bacterial pneumonia</source>
            <translation>细菌性肺炎</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/class_words.py" />
            <source>normal</source>
            <translation>正常</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/class_words.py" />
            <source>not COVID-19</source>
            <translation>非新冠</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/class_words.py" />
            <source>other pneumonia</source>
            <translation>其他肺炎</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/class_words.py" />
            <source>other viral pneumonia</source>
            <translation>其他病毒性肺炎</translation>
        </message>
    </context>
    <context>
        <name>ColorsPage</name>
        <message>
            <location filename="../../covidviewer/ui/settings/colors_page.py" />
            <source>Colour maps</source>
            <translation>色表</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings/colors_page.py" />
            <source>Dark to light: colours, or [place, colour].</source>
            <translation>由暗到亮：颜色，或 [位置, 颜色]。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings/colors_page.py" />
            <source>It can be kept.</source>
            <translation>可以保存。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings/colors_page.py" />
            <source>Keep</source>
            <translation>保存</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings/colors_page.py" />
            <source>Kept. It is among the colours of the map.</source>
            <translation>已保存，可在热图颜色中选用。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings/colors_page.py" />
            <source>Lightness must grow from one end to the other, so that no band shows what is not in the data: no rainbow. The lower strip is the map in grey.</source>
            <translation>明度须从一端到另一端递增，以免出现数据中没有的色带：不接受彩虹色。下方色条为其灰度。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings/colors_page.py" />
            <source>New</source>
            <translation>新建</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings/colors_page.py" />
            <source>One of ours has this name.</source>
            <translation>内置色表已用此名称。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings/colors_page.py" />
            <source>Ours, as it is. New begins one of your own.</source>
            <translation>内置色表，不可更改。“新建”可创建自己的色表。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings/colors_page.py" />
            <source>Own colours {n}</source>
            <translation>自定义颜色 {n}</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings/colors_page.py" />
            <source>Remove</source>
            <translation>移除</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings/colors_page.py" />
            <source>Text of the colour map</source>
            <translation>色表文本</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings/colors_page.py" />
            <source>The colours, and the same in grey</source>
            <translation>颜色及其灰度</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings/colors_page.py" />
            <source>{name} (own)</source>
            <translation>{name}（自定义）</translation>
        </message>
    </context>
    <context>
        <name>CornerText</name>
        <message>
            <location filename="../../covidviewer/ui/corner_text.py" />
            <source>Acc. {n}</source>
            <translation>检查号 {n}</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/corner_text.py" />
            <source>Zoom {percent} %</source>
            <translation>缩放 {percent} %</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/corner_text.py" />
            <source>auto</source>
            <translation>自动</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/corner_text.py" />
            <source>axial</source>
            <translation>横断位</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/corner_text.py" />
            <source>contrast: {agent}</source>
            <translation>对比剂：{agent}</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/corner_text.py" />
            <source>coronal</source>
            <translation>冠状位</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/corner_text.py" />
            <source>female</source>
            <translation>女</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/corner_text.py" />
            <source>header</source>
            <translation>文件头</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/corner_text.py" />
            <source>interpolated</source>
            <translation>插值</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/corner_text.py" />
            <source>male</source>
            <translation>男</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/corner_text.py" />
            <source>no contrast stated</source>
            <translation>未注明对比剂</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/corner_text.py" />
            <source>no value here</source>
            <translation>此处无值</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/corner_text.py" />
            <source>oblique</source>
            <translation>斜位</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/corner_text.py" />
            <source>orientation unknown</source>
            <translation>方位未知</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/corner_text.py" />
            <source>other</source>
            <translation>其他</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/corner_text.py" />
            <source>outside the field of view</source>
            <translation>视野之外</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/corner_text.py" />
            <source>pixels</source>
            <translation>像素</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/corner_text.py" />
            <source>sagittal</source>
            <translation>矢状位</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/corner_text.py" />
            <source>value</source>
            <translation>值</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/corner_text.py" />
            <source>{n} d</source>
            <translation>{n} 天</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/corner_text.py" />
            <source>{n} mo</source>
            <translation>{n} 个月</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/corner_text.py" />
            <source>{n} w</source>
            <translation>{n} 周</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/corner_text.py" />
            <source>{n} y</source>
            <translation>{n} 岁</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/corner_text.py" />
            <source>{thickness} mm every {spacing} mm</source>
            <translation>层厚 {thickness} mm，层间距 {spacing} mm</translation>
        </message>
    </context>
    <context>
        <name>CrashDialog</name>
        <message>
            <location filename="../../covidviewer/ui/crash_dialog.py" />
            <source>A step of the program failed. What you drew and wrote is kept. This report holds versions and the place in the program, no patient data, no file names and no values. Nothing is sent by itself.</source>
            <translation>程序的一个步骤失败。您的标注和文字已保留。本报告只含版本和程序位置，不含患者数据、文件名或数值。不会自动发送任何内容。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/crash_dialog.py" />
            <source>Copy</source>
            <translation>复制</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/crash_dialog.py" />
            <source>Error report</source>
            <translation>错误报告</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/crash_dialog.py" />
            <source>It could not be saved; copy it if you want to keep it.</source>
            <translation>报告未能保存；如需保留请复制。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/crash_dialog.py" />
            <source>Save as…</source>
            <translation>另存为…</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/crash_dialog.py" />
            <source>Save the report</source>
            <translation>保存报告</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/crash_dialog.py" />
            <source>Saved as {path}</source>
            <translation>已保存为 {path}</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/crash_dialog.py" />
            <source>Text of the report</source>
            <translation>报告正文</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/crash_dialog.py" />
            <source>The report could not be saved there</source>
            <translation>报告无法保存到该处</translation>
        </message>
    </context>
    <context>
        <name>Docks</name>
        <message>
            <location filename="../../covidviewer/ui/docks.py" />
            <source>Fold away</source>
            <translation>收起</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/docks.py" />
            <source>Fold away: {name}</source>
            <translation>收起：{name}</translation>
        </message>
    </context>
    <context>
        <name>DocumentDialog</name>
        <message>
            <location filename="../../covidviewer/ui/document_view.py" />
            <source>Close</source>
            <translation>关闭</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/document_view.py" />
            <source>Document</source>
            <translation>文档</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/document_view.py" />
            <source>Drawing the page…</source>
            <translation>正在绘制页面…</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/document_view.py" />
            <source>Larger</source>
            <translation>放大</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/document_view.py" />
            <source>Next page</source>
            <translation>下一页</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/document_view.py" />
            <source>Page</source>
            <translation>页</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/document_view.py" />
            <source>Previous page</source>
            <translation>上一页</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/document_view.py" />
            <source>Smaller</source>
            <translation>缩小</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/document_view.py" />
            <source>page {n} of {all}</source>
            <translation>第 {n} 页，共 {all} 页</translation>
        </message>
    </context>
    <context>
        <name>DoubtWords</name>
        <message>
            <location filename="../../covidviewer/ui/doubt_words.py" />
            <source>Mirrored, {name} is {a:.2f} instead of {b:.2f}.</source>
            <translation>左右翻转后，{name} 为 {a:.2f}，原为 {b:.2f}。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/doubt_words.py" />
            <source>The score jumps from slice to slice.</source>
            <translation>评分在相邻层面之间跳变。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/doubt_words.py" />
            <source>Unlike the images that the network learnt from: {d:.1f} times the limit.</source>
            <translation>与网络的训练图像不同：距离为上限的 {d:.1f} 倍。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/doubt_words.py" />
            <source>With the lungs blacked out {name} is still {a:.2f}, of {b:.2f}.</source>
            <translation>遮黑双肺后，{name} 仍为 {a:.2f}（原为 {b:.2f}）。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/doubt_words.py" />
            <source>do not rely on it</source>
            <translation>请勿依赖此评分</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/doubt_words.py" />
            <source>range over mirroring {low:.2f}–{high:.2f}</source>
            <translation>翻转范围 {low:.2f}–{high:.2f}</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/doubt_words.py" />
            <source>{p:.0f} % of the map lies outside the lungs.</source>
            <translation>热图有 {p:.0f} % 位于肺外。</translation>
        </message>
    </context>
    <context>
        <name>ExplainBox</name>
        <message>
            <location filename="../../covidviewer/ui/explain_box.py" />
            <source>: comes with the reading</source>
            <translation>：随阅片一起给出</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/explain_box.py" />
            <source>Cancel</source>
            <translation>取消</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/explain_box.py" />
            <source>Cancel the explanation</source>
            <translation>取消解释</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/explain_box.py" />
            <source>Compare methods</source>
            <translation>比较方法</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/explain_box.py" />
            <source>Esc or Shift+F5</source>
            <translation>Esc 或 Shift+F5</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/explain_box.py" />
            <source>Explain this slice</source>
            <translation>解释该层</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/explain_box.py" />
            <source>How the map of this tile is made; each tile may have its own</source>
            <translation>本格热图的生成方法；各格可用不同方法</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/explain_box.py" />
            <source>Make this map for the slice on screen ({key})</source>
            <translation>为当前层生成此图（{key}）</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/explain_box.py" />
            <source>Method of the map</source>
            <translation>热图方法</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/explain_box.py" />
            <source>No {name} map for this slice yet.</source>
            <translation>该层还没有 {name} 图。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/explain_box.py" />
            <source>Preparing…</source>
            <translation>正在准备…</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/explain_box.py" />
            <source>Progress of the explanation</source>
            <translation>解释的进度</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/explain_box.py" />
            <source>The same slice beside itself, with another method (Shift+C)</source>
            <translation>同一层并排显示，用另一种方法（Shift+C）</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/explain_box.py" />
            <source>two seeds agree by {r:.2f}</source>
            <translation>两个随机种子的一致性为 {r:.2f}</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/explain_box.py" />
            <source>{done} of {count} changed pictures</source>
            <translation>已完成 {done} / {count} 幅改动图像</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/explain_box.py" />
            <source>{name}, for and against</source>
            <translation>{name}，支持与反对</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/explain_box.py" />
            <source>{worth}; {s:.1f} s</source>
            <translation>{worth}；{s:.1f} 秒</translation>
        </message>
    </context>
    <context>
        <name>Explained</name>
        <message>
            <location filename="../../covidviewer/ui/explained_words.py" />
            <source>Occlusion</source>
            <translation>遮挡法</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/explained_words.py" />
            <source>change of probability · {label}</source>
            <translation>概率变化 · {label}</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/explained_words.py" />
            <source>no {name} map for this slice yet: press {key}</source>
            <translation>该层还没有 {name} 图：请按 {key}</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/explained_words.py" />
            <source>unstable: two seeds agree by {r:.2f} only</source>
            <translation>不稳定：两个随机种子的一致性仅 {r:.2f}</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/explained_words.py" />
            <source>upper colour for, lower colour against</source>
            <translation>上端颜色为支持，下端颜色为反对</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/explained_words.py" />
            <source>{name} is at work on this slice (Esc cancels)</source>
            <translation>{name} 正在计算该层（Esc 取消）</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/explained_words.py" />
            <source>{name}, approximate</source>
            <translation>{name}，近似</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/explained_words.py" />
            <source>{name}, exact</source>
            <translation>{name}，精确</translation>
        </message>
    </context>
    <context>
        <name>Explanations</name>
        <message>
            <location filename="../../covidviewer/workspace/explanations.py" />
            <source>Explaining by {name}</source>
            <translation>正在用 {name} 解释</translation>
        </message>
    </context>
    <context>
        <name>ExportDialog</name>
        <message>
            <location filename="../../covidviewer/ui/out/dialog.py" />
            <source>Close</source>
            <translation>关闭</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/out/dialog.py" />
            <source>Copy picture</source>
            <translation>复制图片</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/out/dialog.py" />
            <source>Corner texts, letters and scale</source>
            <translation>四角文字、方位字母和比例尺</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/out/dialog.py" />
            <source>Export</source>
            <translation>导出</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/out/dialog.py" />
            <source>Name, ID and birth date of the patient</source>
            <translation>患者姓名、ID 和出生日期</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/out/dialog.py" />
            <source>No image</source>
            <translation>无图像</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/out/dialog.py" />
            <source>Nothing of the patient is written, but pixels may hold burnt-in names: look before you send.</source>
            <translation>不写入患者信息，但像素中可能有烧入的姓名：发送前请检查。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/out/dialog.py" />
            <source>Picture</source>
            <translation>图片</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/out/dialog.py" />
            <source>Preview</source>
            <translation>预览</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/out/dialog.py" />
            <source>Save film (GIF)…</source>
            <translation>保存动画（GIF）…</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/out/dialog.py" />
            <source>Save picture…</source>
            <translation>保存图片…</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/out/dialog.py" />
            <source>The picture will say who the patient is.</source>
            <translation>图片将显示患者身份。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/out/dialog.py" />
            <source>{columns} × {rows} pixels</source>
            <translation>{columns} × {rows} 像素</translation>
        </message>
    </context>
    <context>
        <name>Exporter</name>
        <message>
            <location filename="../../covidviewer/ui/out/exporter.py" />
            <source>A film is being made</source>
            <translation>正在生成动画</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/out/exporter.py" />
            <source>GIF film (*.gif)</source>
            <translation>GIF 动画 (*.gif)</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/out/exporter.py" />
            <source>PNG picture (*.png)</source>
            <translation>PNG 图片 (*.png)</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/out/exporter.py" />
            <source>Save film</source>
            <translation>保存动画</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/out/exporter.py" />
            <source>Save picture</source>
            <translation>保存图片</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/out/exporter.py" />
            <source>Wait for it or cancel it first.</source>
            <translation>请等待完成或先取消。</translation>
        </message>
    </context>
    <context>
        <name>GridChooser</name>
        <message>
            <location filename="../../covidviewer/ui/layout_button.py" />
            <source>Rows and columns of tiles</source>
            <translation>格的行数和列数</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/layout_button.py" />
            <source>rows × columns: {rows} × {columns}</source>
            <translation>行 × 列：{rows} × {columns}</translation>
        </message>
    </context>
    <context>
        <name>Head</name>
        <message>
            <location filename="../../covidviewer/ui/head.py" />
            <source>Hanging</source>
            <translation>挂片</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/head.py" />
            <source>Nothing yet</source>
            <translation>暂无</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/head.py" />
            <source>Recent</source>
            <translation>最近打开</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/head.py" />
            <source>Tools</source>
            <translation>工具</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/head.py" />
            <source>Windows</source>
            <translation>窗</translation>
        </message>
    </context>
    <context>
        <name>Headers</name>
        <message>
            <location filename="../../covidviewer/workspace/headers.py" />
            <source>A picture has no DICOM elements.</source>
            <translation>图片没有 DICOM 元素。</translation>
        </message>
    </context>
    <context>
        <name>HelpSheet</name>
        <message>
            <location filename="../../covidviewer/ui/help_sheet.py" />
            <source>Close (Esc)</source>
            <translation>关闭（Esc）</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/help_sheet.py" />
            <source>Close the sheet</source>
            <translation>关闭说明页</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/help_sheet.py" />
            <source>Keys and mouse</source>
            <translation>按键和鼠标</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/help_sheet.py" />
            <source>Mouse</source>
            <translation>鼠标</translation>
        </message>
    </context>
    <context>
        <name>Judgements</name>
        <message>
            <location filename="../../covidviewer/ui/measure/judgements.py" />
            <source>AGREE</source>
            <translation>同意</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/measure/judgements.py" />
            <source>DISAGREE</source>
            <translation>不同意</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/measure/judgements.py" />
            <source>UNSURE</source>
            <translation>不确定</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/measure/judgements.py" />
            <source>You agree with {weights}: {label} {score:.2f}.</source>
            <translation>您同意 {weights}：{label} {score:.2f}。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/measure/judgements.py" />
            <source>You are unsure about {weights}: {label} {score:.2f}.</source>
            <translation>您不确定 {weights}：{label} {score:.2f}。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/measure/judgements.py" />
            <source>You disagree with {weights}: {label} {score:.2f}.</source>
            <translation>您不同意 {weights}：{label} {score:.2f}。</translation>
        </message>
    </context>
    <context>
        <name>KeysPage</name>
        <message>
            <location filename="../../covidviewer/ui/settings/keys_page.py" />
            <source>Command</source>
            <translation>命令</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings/keys_page.py" />
            <source>Commands and their keys</source>
            <translation>命令及其按键</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings/keys_page.py" />
            <source>Default</source>
            <translation>默认</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings/keys_page.py" />
            <source>Keys</source>
            <translation>按键</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings/keys_page.py" />
            <source>Keys of more than one command: {n}</source>
            <translation>多个命令共用的按键：{n}</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings/keys_page.py" />
            <source>New key of the chosen command</source>
            <translation>所选命令的新按键</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings/keys_page.py" />
            <source>No conflicts.</source>
            <translation>没有冲突。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings/keys_page.py" />
            <source>No key</source>
            <translation>无按键</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings/keys_page.py" />
            <source>Restore all defaults</source>
            <translation>全部恢复默认</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings/keys_page.py" />
            <source>Search the keys</source>
            <translation>搜索按键</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings/keys_page.py" />
            <source>Search: command or key</source>
            <translation>搜索：命令或按键</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings/keys_page.py" />
            <source>Set</source>
            <translation>设定</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings/keys_page.py" />
            <source>also: {others}</source>
            <translation>另有：{others}</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings/keys_page.py" />
            <source>{key} belongs to “{other}”: two commands with one key, and neither answers.</source>
            <translation>{key} 已用于“{other}”：两个命令共用一键时都不响应。</translation>
        </message>
    </context>
    <context>
        <name>LayoutButton</name>
        <message>
            <location filename="../../covidviewer/ui/layout_button.py" />
            <source>Hanging</source>
            <translation>挂片</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/layout_button.py" />
            <source>Tiles: {name}</source>
            <translation>布局：{name}</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/layout_button.py" />
            <source>Tiles: {name}. Ctrl+1 to Ctrl+5 choose, Ctrl+0 hangs the study anew.</source>
            <translation>布局：{name}。Ctrl+1 至 Ctrl+5 选择，Ctrl+0 重新挂片。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/layout_button.py" />
            <source>Your own: *.toml in the folder “{name}” of the settings</source>
            <translation>您自己的方案：设置目录下“{name}”文件夹中的 *.toml</translation>
        </message>
    </context>
    <context>
        <name>LeftOutDialog</name>
        <message>
            <location filename="../../covidviewer/ui/left_out.py" />
            <source>CSV (*.csv)</source>
            <translation>CSV (*.csv)</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/left_out.py" />
            <source>Choose another folder.</source>
            <translation>请选择其他文件夹。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/left_out.py" />
            <source>Close</source>
            <translation>关闭</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/left_out.py" />
            <source>Copy</source>
            <translation>复制</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/left_out.py" />
            <source>Copy the chosen rows, or all</source>
            <translation>复制所选行或全部</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/left_out.py" />
            <source>Files left out</source>
            <translation>未显示的文件</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/left_out.py" />
            <source>Files left out and why</source>
            <translation>未显示的文件及原因</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/left_out.py" />
            <source>List not saved</source>
            <translation>列表未保存</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/left_out.py" />
            <source>Save as CSV…</source>
            <translation>另存为 CSV…</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/left_out.py" />
            <source>Save the list</source>
            <translation>保存列表</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/left_out.py" />
            <source>The list could not be written.</source>
            <translation>列表无法写入。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/left_out.py" />
            <source>{n} files are not shown. Each row says why; nothing was changed or deleted.</source>
            <translation>{n} 个文件未显示。每行说明原因；没有更改或删除任何内容。</translation>
        </message>
    </context>
    <context>
        <name>LeftOutModel</name>
        <message>
            <location filename="../../covidviewer/ui/left_out.py" />
            <source>File</source>
            <translation>文件</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/left_out.py" />
            <source>Why it is not shown</source>
            <translation>未显示的原因</translation>
        </message>
    </context>
    <context>
        <name>Legend</name>
        <message>
            <location filename="../../covidviewer/ui/legend.py" />
            <source>1 cell = {size} mm</source>
            <translation>1 格 = {size} mm</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/legend.py" />
            <source>attention · {label}</source>
            <translation>关注度 · {label}</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/legend.py" />
            <source>grid {rows} × {columns}</source>
            <translation>网格 {rows} × {columns}</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/legend.py" />
            <source>map off: O or click</source>
            <translation>热图已关：按 O 或单击</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/legend.py" />
            <source>model attention (relative)</source>
            <translation>模型关注度（相对值）</translation>
        </message>
    </context>
    <context>
        <name>LinkLayer</name>
        <message>
            <location filename="../../covidviewer/ui/link_layer.py" />
            <source>An earlier study of this patient than another one on screen.</source>
            <translation>同一患者比屏幕上另一检查更早的检查。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/link_layer.py" />
            <source>Another frame of reference. Y links the slices that are on screen now.</source>
            <translation>参考坐标系不同。按 Y 以当前屏幕上的层联动。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/link_layer.py" />
            <source>Linked by the offset that you set with Y.</source>
            <translation>按您用 Y 设定的偏移联动。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/link_layer.py" />
            <source>The active tile's slice lies {mm:.0f} mm from the nearest slice here.</source>
            <translation>活动格的层距此处最近的层 {mm:.0f} mm。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/link_layer.py" />
            <source>This tile and the active one show different patients.</source>
            <translation>此格与活动格显示的是不同患者。</translation>
        </message>
    </context>
    <context>
        <name>Listing</name>
        <message>
            <location filename="../../covidviewer/ui/measure/listing.py" />
            <source>Judged</source>
            <translation>已评判</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/measure/listing.py" />
            <source>Key image</source>
            <translation>关键图像</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/measure/listing.py" />
            <source>Note</source>
            <translation>备注</translation>
        </message>
    </context>
    <context>
        <name>Loads</name>
        <message>
            <location filename="../../covidviewer/workspace/loads.py" />
            <source>Images not shown</source>
            <translation>图像未显示</translation>
        </message>
        <message>
            <location filename="../../covidviewer/workspace/loads.py" />
            <source>Loading {n} images</source>
            <translation>正在加载 {n} 幅图像</translation>
        </message>
        <message>
            <location filename="../../covidviewer/workspace/loads.py" />
            <source>The image cannot be shown: {why}</source>
            <translation>图像无法显示：{why}</translation>
        </message>
        <message>
            <location filename="../../covidviewer/workspace/loads.py" />
            <source>The rest of the series stays usable.</source>
            <translation>该序列其余部分仍可使用。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/workspace/loads.py" />
            <source>{n} of {all} images cannot be shown: {why}</source>
            <translation>{all} 幅图像中有 {n} 幅无法显示：{why}</translation>
        </message>
    </context>
    <context>
        <name>MainWindow</name>
        <message>
            <location filename="../../covidviewer/ui/window.py" />
            <source>Measure</source>
            <translation>测量</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/window.py" />
            <source>Name hidden</source>
            <translation>姓名已隐藏</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/window.py" />
            <source>Objects</source>
            <translation>对象</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/window.py" />
            <source>Planes</source>
            <translation>重建平面</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/window.py" />
            <source>Second reading</source>
            <translation>第二阅片</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/window.py" />
            <source>Studies</source>
            <translation>检查</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/window.py" />
            <source>Tags</source>
            <translation>标签</translation>
        </message>
    </context>
    <context>
        <name>Marks</name>
        <message>
            <location filename="../../covidviewer/ui/marks.py" />
            <source>A picture: no HU, no spacing.</source>
            <translation>普通图片：无 HU，无像素间距。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/marks.py" />
            <source>Compressed with loss of detail.</source>
            <translation>有损压缩，细节有丢失。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/marks.py" />
            <source>Names are hidden.</source>
            <translation>姓名已隐藏。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/marks.py" />
            <source>The header does not say which side is which.</source>
            <translation>文件头没有说明左右方位。</translation>
        </message>
    </context>
    <context>
        <name>MeasureButton</name>
        <message>
            <location filename="../../covidviewer/ui/measure/button.py" />
            <source>Measure: {tool}</source>
            <translation>测量：{tool}</translation>
        </message>
    </context>
    <context>
        <name>MeasureLayer</name>
        <message>
            <location filename="../../covidviewer/ui/measure/layer.py" />
            <source>A key image.</source>
            <translation>关键图像。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/measure/layer.py" />
            <source>KEY</source>
            <translation>关键</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/measure/layer.py" />
            <source>NOTE</source>
            <translation>备注</translation>
        </message>
    </context>
    <context>
        <name>MeasurePanel</name>
        <message>
            <location filename="../../covidviewer/ui/measure/panel.py" />
            <source>All</source>
            <translation>全部</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/measure/panel.py" />
            <source>Comma separated values (*.csv)</source>
            <translation>逗号分隔值 (*.csv)</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/measure/panel.py" />
            <source>Copy as text</source>
            <translation>复制为文本</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/measure/panel.py" />
            <source>Delete</source>
            <translation>删除</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/measure/panel.py" />
            <source>Export</source>
            <translation>导出</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/measure/panel.py" />
            <source>Export as CSV…</source>
            <translation>导出为 CSV…</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/measure/panel.py" />
            <source>Export as JSON…</source>
            <translation>导出为 JSON…</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/measure/panel.py" />
            <source>Export measurements</source>
            <translation>导出测量</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/measure/panel.py" />
            <source>JSON (*.json)</source>
            <translation>JSON (*.json)</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/measure/panel.py" />
            <source>Key images</source>
            <translation>关键图像</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/measure/panel.py" />
            <source>List: {what}</source>
            <translation>列表：{what}</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/measure/panel.py" />
            <source>Measurements</source>
            <translation>测量</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/measure/panel.py" />
            <source>Measurements of this series</source>
            <translation>本序列的测量</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/measure/panel.py" />
            <source>Nothing here yet.

L length, A angle, E ellipse, R rectangle, T text;
all tools are in the menu Measure. K keeps a key image.</source>
            <translation>还没有内容。

L 长度，A 角度，E 椭圆，R 矩形，T 文字；
全部工具在“测量”菜单中。K 标记关键图像。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/measure/panel.py" />
            <source>Rename</source>
            <translation>重命名</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/measure/panel.py" />
            <source>{n} in the list</source>
            <translation>列表中有 {n} 项</translation>
        </message>
    </context>
    <context>
        <name>ModelCardDialog</name>
        <message>
            <location filename="../../covidviewer/ui/model_card.py" />
            <source>Model card</source>
            <translation>模型卡</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/model_card.py" />
            <source>Model card – {name}</source>
            <translation>模型卡 – {name}</translation>
        </message>
    </context>
    <context>
        <name>MousePage</name>
        <message>
            <location filename="../../covidviewer/ui/settings/mouse_page.py" />
            <source>5 slices at a time</source>
            <translation>每次 5 层</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings/mouse_page.py" />
            <source>Alt + wheel</source>
            <translation>Alt + 滚轮</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings/mouse_page.py" />
            <source>Ctrl + wheel</source>
            <translation>Ctrl + 滚轮</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings/mouse_page.py" />
            <source>Dragging up makes the image brighter</source>
            <translation>向上拖动使图像变亮</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings/mouse_page.py" />
            <source>For the left hand: left and right button change places over images</source>
            <translation>左手使用：图像上左键与右键互换</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings/mouse_page.py" />
            <source>Left button</source>
            <translation>左键</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings/mouse_page.py" />
            <source>Middle button</source>
            <translation>中键</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings/mouse_page.py" />
            <source>Opacity of the map</source>
            <translation>热图不透明度</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings/mouse_page.py" />
            <source>Pan</source>
            <translation>平移</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings/mouse_page.py" />
            <source>Restore defaults</source>
            <translation>恢复默认</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings/mouse_page.py" />
            <source>Right button</source>
            <translation>右键</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings/mouse_page.py" />
            <source>Scroll</source>
            <translation>翻层</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings/mouse_page.py" />
            <source>Shift + left button</source>
            <translation>Shift + 左键</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings/mouse_page.py" />
            <source>Shift + wheel</source>
            <translation>Shift + 滚轮</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings/mouse_page.py" />
            <source>Slices</source>
            <translation>切换层面</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings/mouse_page.py" />
            <source>The tool in hand at the start; keys and the tool bar change it.</source>
            <translation>启动时的工具；可用按键和工具栏更换。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings/mouse_page.py" />
            <source>The wheel runs the other way</source>
            <translation>滚轮方向相反</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings/mouse_page.py" />
            <source>Wheel</source>
            <translation>滚轮</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings/mouse_page.py" />
            <source>Window / level</source>
            <translation>窗宽/窗位</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings/mouse_page.py" />
            <source>Window changes by dragging</source>
            <translation>拖动调节窗宽窗位</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings/mouse_page.py" />
            <source>Zoom</source>
            <translation>缩放</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings/mouse_page.py" />
            <source>Zoom at the pointer</source>
            <translation>以指针为中心缩放</translation>
        </message>
    </context>
    <context>
        <name>NoteField</name>
        <message>
            <location filename="../../covidviewer/ui/measure/note_field.py" />
            <source>Note</source>
            <translation>备注</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/measure/note_field.py" />
            <source>Note of this image</source>
            <translation>本图像的备注</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/measure/note_field.py" />
            <source>Note of this image (N)</source>
            <translation>本图像的备注（N）</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/measure/note_field.py" />
            <source>Note of {image}</source>
            <translation>{image} 的备注</translation>
        </message>
    </context>
    <context>
        <name>Objects</name>
        <message>
            <location filename="../../covidviewer/workspace/objects.py" />
            <source>An object is not whole</source>
            <translation>对象不完整</translation>
        </message>
        <message>
            <location filename="../../covidviewer/workspace/objects.py" />
            <source>Images are missing</source>
            <translation>缺少图像</translation>
        </message>
        <message>
            <location filename="../../covidviewer/workspace/objects.py" />
            <source>Open the folder that holds them.</source>
            <translation>请打开存放这些图像的文件夹。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/workspace/objects.py" />
            <source>Overlay planes</source>
            <translation>叠加层</translation>
        </message>
        <message>
            <location filename="../../covidviewer/workspace/objects.py" />
            <source>Overlay {group}</source>
            <translation>叠加层 {group}</translation>
        </message>
        <message>
            <location filename="../../covidviewer/workspace/objects.py" />
            <source>Reading an object</source>
            <translation>正在读取对象</translation>
        </message>
        <message>
            <location filename="../../covidviewer/workspace/objects.py" />
            <source>The images that “{name}” belongs to are not open.</source>
            <translation>“{name}”所属的图像没有打开。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/workspace/objects.py" />
            <source>The rest of it is shown.</source>
            <translation>其余部分已显示。</translation>
        </message>
    </context>
    <context>
        <name>ObjectsPanel</name>
        <message>
            <location filename="../../covidviewer/ui/objects_panel.py" />
            <source>Apply its view</source>
            <translation>应用其显示状态</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/objects_panel.py" />
            <source>Contours</source>
            <translation>轮廓</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/objects_panel.py" />
            <source>Hide all</source>
            <translation>全部隐藏</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/objects_panel.py" />
            <source>In the images</source>
            <translation>图像内</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/objects_panel.py" />
            <source>Nobody else has written on these images: no segmentation, contour, report or overlay is open.</source>
            <translation>这些图像上没有他人的标注：未打开分割、轮廓、报告或叠加层。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/objects_panel.py" />
            <source>Object</source>
            <translation>对象</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/objects_panel.py" />
            <source>Objects of others</source>
            <translation>他人的对象</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/objects_panel.py" />
            <source>Only those on this slice</source>
            <translation>仅显示本层的</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/objects_panel.py" />
            <source>Parametric map</source>
            <translation>参数图</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/objects_panel.py" />
            <source>Presentation</source>
            <translation>显示状态</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/objects_panel.py" />
            <source>Read</source>
            <translation>读取</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/objects_panel.py" />
            <source>Report</source>
            <translation>报告</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/objects_panel.py" />
            <source>Segmentation</source>
            <translation>分割</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/objects_panel.py" />
            <source>Show all</source>
            <translation>全部显示</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/objects_panel.py" />
            <source>{n} more on other slices</source>
            <translation>其他层还有 {n} 个</translation>
        </message>
    </context>
    <context>
        <name>OverlayPanel</name>
        <message>
            <location filename="../../covidviewer/ui/overlay_panel.py" />
            <source>A picture does not say what it shows; the input check names the guess.</source>
            <translation>图片本身不说明内容；输入检查会给出推测。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/overlay_panel.py" />
            <source>Attention map</source>
            <translation>关注图</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/overlay_panel.py" />
            <source>B goes through the forms</source>
            <translation>B 依次切换形式</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/overlay_panel.py" />
            <source>Below it the map is transparent ([ and ]). It is not the score's threshold.</source>
            <translation>低于此值热图透明（[ 和 ]）。它不是评分的阈值。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/overlay_panel.py" />
            <source>Blocks</source>
            <translation>块</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/overlay_panel.py" />
            <source>Class</source>
            <translation>类别</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/overlay_panel.py" />
            <source>Colours</source>
            <translation>配色</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/overlay_panel.py" />
            <source>Contour</source>
            <translation>轮廓</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/overlay_panel.py" />
            <source>Device</source>
            <translation>设备</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/overlay_panel.py" />
            <source>Fill</source>
            <translation>填充</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/overlay_panel.py" />
            <source>Form</source>
            <translation>形式</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/overlay_panel.py" />
            <source>Grid</source>
            <translation>网格</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/overlay_panel.py" />
            <source>Map form: {name}</source>
            <translation>热图形式：{name}</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/overlay_panel.py" />
            <source>Map threshold</source>
            <translation>热图阈值</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/overlay_panel.py" />
            <source>Method</source>
            <translation>方法</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/overlay_panel.py" />
            <source>Network</source>
            <translation>网络</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/overlay_panel.py" />
            <source>Network here</source>
            <translation>此格的网络</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/overlay_panel.py" />
            <source>Opacity</source>
            <translation>不透明度</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/overlay_panel.py" />
            <source>Outline of the lungs</source>
            <translation>肺轮廓</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/overlay_panel.py" />
            <source>Picture is</source>
            <translation>图片为</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/overlay_panel.py" />
            <source>Precision</source>
            <translation>精度</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/overlay_panel.py" />
            <source>Show or hide the map (O); hold Space to peek below it</source>
            <translation>显示或隐藏热图（O）；按住空格键可看其下方</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/overlay_panel.py" />
            <source>Show the map</source>
            <translation>显示热图</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/overlay_panel.py" />
            <source>Threshold</source>
            <translation>阈值</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/overlay_panel.py" />
            <source>What the picture shows</source>
            <translation>图片的内容</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/overlay_panel.py" />
            <source>Where the input check found lungs (rough); attention beside them is hatched in any case</source>
            <translation>输入检查找到肺的位置（粗略）；肺外的关注区总以斜线表示</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/overlay_panel.py" />
            <source>a CT slice</source>
            <translation>CT 层面</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/overlay_panel.py" />
            <source>a chest film</source>
            <translation>胸片</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/overlay_panel.py" />
            <source>as elsewhere</source>
            <translation>与其他格相同</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/overlay_panel.py" />
            <source>automatic</source>
            <translation>自动</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/overlay_panel.py" />
            <source>coarse (deepest level)</source>
            <translation>粗（最深层）</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/overlay_panel.py" />
            <source>fine</source>
            <translation>细</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/overlay_panel.py" />
            <source>graphics (CUDA)</source>
            <translation>显卡（CUDA）</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/overlay_panel.py" />
            <source>guessed</source>
            <translation>推测</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/overlay_panel.py" />
            <source>orange for, blue against</source>
            <translation>橙色支持，蓝色反对</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/overlay_panel.py" />
            <source>processor (CPU)</source>
            <translation>处理器（CPU）</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/overlay_panel.py" />
            <source>red for, blue against</source>
            <translation>红色支持，蓝色反对</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/overlay_panel.py" />
            <source>{name} (not available)</source>
            <translation>{name}（不可用）</translation>
        </message>
    </context>
    <context>
        <name>PartLine</name>
        <message>
            <location filename="../../covidviewer/ui/objects_panel.py" />
            <source>Hide {name}</source>
            <translation>隐藏 {name}</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/objects_panel.py" />
            <source>Opacity of {name}</source>
            <translation>{name} 的不透明度</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/objects_panel.py" />
            <source>Opacity {percent} %</source>
            <translation>不透明度 {percent} %</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/objects_panel.py" />
            <source>Show {name}</source>
            <translation>显示 {name}</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/objects_panel.py" />
            <source>Shutter</source>
            <translation>遮挡</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/objects_panel.py" />
            <source>not on this slice</source>
            <translation>不在本层</translation>
        </message>
    </context>
    <context>
        <name>Picture</name>
        <message>
            <location filename="../../covidviewer/ui/out/picture.py" />
            <source>Caution: do not rely on the score or the map of this image.</source>
            <translation>注意：请勿依赖此图像的评分和热图。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/out/picture.py" />
            <source>Network {name}, version {version}, weights {hash}</source>
            <translation>网络 {name}，版本 {version}，权重 {hash}</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/out/picture.py" />
            <source>Research use only. It supports, and does not replace, a reading by a radiologist; low scores do not exclude disease.</source>
            <translation>仅供科研。它辅助而不取代放射科医师的阅片；低分不能排除疾病。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/out/picture.py" />
            <source>map of attention ({method}) for {label}, relative, above {threshold:.2f}</source>
            <translation>{label} 的关注图（{method}），相对值，高于 {threshold:.2f}</translation>
        </message>
    </context>
    <context>
        <name>PlaneLayer</name>
        <message>
            <location filename="../../covidviewer/ui/plane_layer.py" />
            <source>Computed from the images of the series; values between their pixels are interpolated. What is measured here belongs to this plane.</source>
            <translation>由该序列的图像计算得出；像素之间的值为插值。在此测量的内容属于此平面。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/plane_layer.py" />
            <source>Each slice was put at its own place.</source>
            <translation>每一层都放在其真实位置。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/plane_layer.py" />
            <source>Hatched: slices that are missing or still to come. Nothing was filled in there.</source>
            <translation>斜线区：缺少或尚未加载的层面，没有填补。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/plane_layer.py" />
            <source>Map of {label} by {network} from {threshold:.2f}: each point shows the slice nearest to it that was read; scores are of the slices. Research use.</source>
            <translation>{network} 的 {label} 热图，自 {threshold:.2f} 起：每点显示距其最近的已阅层面；评分属于原层面。仅供科研。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/plane_layer.py" />
            <source>of the nearest slice</source>
            <translation>取自最近的层面</translation>
        </message>
    </context>
    <context>
        <name>PresetButton</name>
        <message>
            <location filename="../../covidviewer/ui/preset_button.py" />
            <source>Automatic</source>
            <translation>自动</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/preset_button.py" />
            <source>Header</source>
            <translation>文件头</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/preset_button.py" />
            <source>Window</source>
            <translation>窗宽/窗位</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/preset_button.py" />
            <source>Window: width / level. Keys 0 to 9 choose, a left drag changes it.</source>
            <translation>窗：窗宽 / 窗位。数字键 0 至 9 选择，左键拖动调节。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/preset_button.py" />
            <source>Window: {text}</source>
            <translation>窗：{text}</translation>
        </message>
    </context>
    <context>
        <name>PresetsPage</name>
        <message>
            <location filename="../../covidviewer/ui/settings/presets_page.py" />
            <source>A double click or F2 changes a value. Width and level in HU; the width is at least 1.</source>
            <translation>双击或按 F2 修改数值。窗宽和窗位以 HU 计；窗宽至少为 1。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings/presets_page.py" />
            <source>Add the window on screen</source>
            <translation>添加当前的窗</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings/presets_page.py" />
            <source>Level</source>
            <translation>窗位</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings/presets_page.py" />
            <source>Name</source>
            <translation>名称</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings/presets_page.py" />
            <source>Own window {n}</source>
            <translation>自定义窗 {n}</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings/presets_page.py" />
            <source>Remove, or as it was</source>
            <translation>移除或恢复原样</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings/presets_page.py" />
            <source>Restore defaults</source>
            <translation>恢复默认</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings/presets_page.py" />
            <source>Width</source>
            <translation>窗宽</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings/presets_page.py" />
            <source>Windows: name, width, level</source>
            <translation>窗：名称、窗宽、窗位</translation>
        </message>
    </context>
    <context>
        <name>PrintDialog</name>
        <message>
            <location filename="../../covidviewer/ui/out/printing.py" />
            <source>Print</source>
            <translation>打印</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/out/printing.py" />
            <source>Print: preview of the page</source>
            <translation>打印：页面预览</translation>
        </message>
    </context>
    <context>
        <name>ProblemsBar</name>
        <message>
            <location filename="../../covidviewer/ui/problems_bar.py" />
            <source>Copy</source>
            <translation>复制</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/problems_bar.py" />
            <source>Copy the message with its details</source>
            <translation>复制消息及详情</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/problems_bar.py" />
            <source>Details</source>
            <translation>详情</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/problems_bar.py" />
            <source>Details of the message</source>
            <translation>消息的详情</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/problems_bar.py" />
            <source>Dismiss this message</source>
            <translation>关闭此消息</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/problems_bar.py" />
            <source>Do what the message offers</source>
            <translation>执行消息中的操作</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/problems_bar.py" />
            <source>Error</source>
            <translation>错误</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/problems_bar.py" />
            <source>List</source>
            <translation>列表</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/problems_bar.py" />
            <source>Messages</source>
            <translation>消息</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/problems_bar.py" />
            <source>Note</source>
            <translation>备注</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/problems_bar.py" />
            <source>Show or hide the details</source>
            <translation>显示或隐藏详情</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/problems_bar.py" />
            <source>Show the next message</source>
            <translation>显示下一条消息</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/problems_bar.py" />
            <source>Show what was left out and why</source>
            <translation>显示哪些文件未显示及原因</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/problems_bar.py" />
            <source>Warning</source>
            <translation>警告</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/problems_bar.py" />
            <source>{at} of {count}</source>
            <translation>{at} / {count}</translation>
        </message>
    </context>
    <context>
        <name>ProtocolsPage</name>
        <message>
            <location filename="../../covidviewer/ui/settings/protocols_page.py" />
            <source>A new id makes a new protocol; the same id replaces ours.</source>
            <translation>新的 id 建立新方案；相同的 id 替换内置方案。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings/protocols_page.py" />
            <source>Check and keep</source>
            <translation>检查并保存</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings/protocols_page.py" />
            <source>Hanging protocols</source>
            <translation>挂片方案</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings/protocols_page.py" />
            <source>It could not be written: {why}</source>
            <translation>无法写入：{why}</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings/protocols_page.py" />
            <source>Kept. Ctrl+0 hangs the study anew.</source>
            <translation>已保存。Ctrl+0 重新挂片。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings/protocols_page.py" />
            <source>Remove own</source>
            <translation>移除自定义方案</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings/protocols_page.py" />
            <source>Text of the protocol</source>
            <translation>方案正文</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings/protocols_page.py" />
            <source>{name} (faulty)</source>
            <translation>{name}（有错误）</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings/protocols_page.py" />
            <source>{name} (own)</source>
            <translation>{name}（自定义）</translation>
        </message>
    </context>
    <context>
        <name>ReaderRow</name>
        <message>
            <location filename="../../covidviewer/ui/readers_panel.py" />
            <source>Its map and track are shown</source>
            <translation>正在显示它的热图和评分带</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/readers_panel.py" />
            <source>Let this network read the series too</source>
            <translation>让此网络也阅读该序列</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/readers_panel.py" />
            <source>Model card of {name}</source>
            <translation>{name} 的模型卡</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/readers_panel.py" />
            <source>Show its map and track</source>
            <translation>显示它的热图和评分带</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/readers_panel.py" />
            <source>{name} reads</source>
            <translation>{name} 阅片</translation>
        </message>
    </context>
    <context>
        <name>ReadersPanel</name>
        <message>
            <location filename="../../covidviewer/ui/readers_panel.py" />
            <source>Agreement of the readers</source>
            <translation>各网络的一致性</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/readers_panel.py" />
            <source>Image</source>
            <translation>图像</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/readers_panel.py" />
            <source>Networks share data and mistakes: their agreement confirms nothing.</source>
            <translation>各网络共用数据，错误也相通：它们一致并不能证实什么。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/readers_panel.py" />
            <source>Numbers are probabilities of {name}.</source>
            <translation>数值为 {name} 的概率。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/readers_panel.py" />
            <source>Panel of readers</source>
            <translation>多网络阅片</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/readers_panel.py" />
            <source>Series</source>
            <translation>序列</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/readers_panel.py" />
            <source>Slice</source>
            <translation>层面</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/readers_panel.py" />
            <source>The networks know different classes and are compared on {name} alone.</source>
            <translation>各网络的类别不同，仅就 {name} 比较。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/readers_panel.py" />
            <source>Tick a network to let it read after the first.</source>
            <translation>勾选一个网络，让它随后阅片。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/readers_panel.py" />
            <source>cancelled</source>
            <translation>已取消</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/readers_panel.py" />
            <source>failed: {why}</source>
            <translation>失败：{why}</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/readers_panel.py" />
            <source>mean {m:.2f}</source>
            <translation>均值 {m:.2f}</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/readers_panel.py" />
            <source>no answer yet</source>
            <translation>尚无结果</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/readers_panel.py" />
            <source>no reading: {why}</source>
            <translation>不予阅片：{why}</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/readers_panel.py" />
            <source>not available: {why}</source>
            <translation>不可用：{why}</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/readers_panel.py" />
            <source>range {low:.2f} to {high:.2f}</source>
            <translation>范围 {low:.2f} 至 {high:.2f}</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/readers_panel.py" />
            <source>{done} of {count} slices read</source>
            <translation>已阅 {done} / {count} 层</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/readers_panel.py" />
            <source>{n} of {all} above their threshold</source>
            <translation>{all} 个中 {n} 个高于其阈值</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/readers_panel.py" />
            <source>{n} of {all} have read</source>
            <translation>{all} 个中 {n} 个已阅片</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/readers_panel.py" />
            <source>{n} without a threshold</source>
            <translation>{n} 个没有阈值</translation>
        </message>
    </context>
    <context>
        <name>ReadingPanel</name>
        <message>
            <location filename="../../covidviewer/ui/reading_panel.py" />
            <source>; mind what lies outside</source>
            <translation>；请注意肺外的部分</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/reading_panel.py" />
            <source>Attention</source>
            <translation>关注区</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/reading_panel.py" />
            <source>Cancel</source>
            <translation>取消</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/reading_panel.py" />
            <source>Cancel the run</source>
            <translation>取消运行</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/reading_panel.py" />
            <source>Cancel the run (Shift+F5)</source>
            <translation>取消运行（Shift+F5）</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/reading_panel.py" />
            <source>Cancelled</source>
            <translation>已取消</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/reading_panel.py" />
            <source>Caution:</source>
            <translation>注意：</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/reading_panel.py" />
            <source>Class</source>
            <translation>类别</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/reading_panel.py" />
            <source>Device</source>
            <translation>设备</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/reading_panel.py" />
            <source>Go to {image}</source>
            <translation>转到 {image}</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/reading_panel.py" />
            <source>Input check</source>
            <translation>输入检查</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/reading_panel.py" />
            <source>Low resolution: {r} × {c} pixels; the network looks at {rows} × {columns}.</source>
            <translation>分辨率低：{r} × {c} 像素；网络看的是 {rows} × {columns}。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/reading_panel.py" />
            <source>Model card</source>
            <translation>模型卡</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/reading_panel.py" />
            <source>Network</source>
            <translation>网络</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/reading_panel.py" />
            <source>No network for this</source>
            <translation>无适用网络</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/reading_panel.py" />
            <source>No result yet</source>
            <translation>尚无结果</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/reading_panel.py" />
            <source>No series</source>
            <translation>无序列</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/reading_panel.py" />
            <source>One of the top slices</source>
            <translation>最高分层面之一</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/reading_panel.py" />
            <source>Open a chest CT to get a second reading.</source>
            <translation>打开胸部 CT 以获得第二阅片。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/reading_panel.py" />
            <source>Open mode</source>
            <translation>开放模式</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/reading_panel.py" />
            <source>Preparing the network…</source>
            <translation>正在准备网络…</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/reading_panel.py" />
            <source>Press F5 to run the network on this series.</source>
            <translation>按 F5 对该序列运行网络。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/reading_panel.py" />
            <source>Progress of the second reading</source>
            <translation>第二阅片的进度</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/reading_panel.py" />
            <source>Results appear as they are computed. They support, and do not replace, your reading.</source>
            <translation>结果随计算出现。它辅助而不取代您的阅片。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/reading_panel.py" />
            <source>Run</source>
            <translation>运行</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/reading_panel.py" />
            <source>Run again</source>
            <translation>重新运行</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/reading_panel.py" />
            <source>Run the second reading</source>
            <translation>运行第二阅片</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/reading_panel.py" />
            <source>Run the second reading (F5)</source>
            <translation>运行第二阅片（F5）</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/reading_panel.py" />
            <source>Run time</source>
            <translation>用时</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/reading_panel.py" />
            <source>Score</source>
            <translation>评分</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/reading_panel.py" />
            <source>Series</source>
            <translation>序列</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/reading_panel.py" />
            <source>Slice</source>
            <translation>层面</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/reading_panel.py" />
            <source>Supports, does not replace, your reading. Low scores do not exclude disease. Research use only.</source>
            <translation>辅助而不取代您的阅片。低分不能排除疾病。仅供科研。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/reading_panel.py" />
            <source>The second reading failed</source>
            <translation>第二阅片失败</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/reading_panel.py" />
            <source>Threshold</source>
            <translation>阈值</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/reading_panel.py" />
            <source>Top slices</source>
            <translation>最高分层面</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/reading_panel.py" />
            <source>What the network was trained on, how it was tested, where it fails</source>
            <translation>网络用什么数据训练、如何测试、在哪些情况下会出错</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/reading_panel.py" />
            <source>caution: do not rely on it</source>
            <translation>注意：不可依赖</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/reading_panel.py" />
            <source>inside lungs {p} %</source>
            <translation>肺内 {p} %</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/reading_panel.py" />
            <source>no operating point</source>
            <translation>无工作点</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/reading_panel.py" />
            <source>not yet</source>
            <translation>尚未进行</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/reading_panel.py" />
            <source>passed</source>
            <translation>通过</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/reading_panel.py" />
            <source>scores are of the images</source>
            <translation>评分属于原图像</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/reading_panel.py" />
            <source>{done} of {count} slices</source>
            <translation>{done} / {count} 层</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/reading_panel.py" />
            <source>{image}, score {s:.2f}</source>
            <translation>{image}，评分 {s:.2f}</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/reading_panel.py" />
            <source>{name} · this image</source>
            <translation>{name} · 本图像</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/reading_panel.py" />
            <source>{name} · whole series</source>
            <translation>{name} · 整个序列</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/reading_panel.py" />
            <source>{name} · {image} (slice scores only)</source>
            <translation>{name} · {image}（仅单层评分）</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/reading_panel.py" />
            <source>{n} not evaluated</source>
            <translation>{n} 层未评估</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/reading_panel.py" />
            <source>{s:.1f} s, {n} slices</source>
            <translation>{s:.1f} 秒，{n} 层</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/reading_panel.py" />
            <source>{t:.2f} for {name}</source>
            <translation>{t:.2f}（{name}）</translation>
        </message>
    </context>
    <context>
        <name>Reformats</name>
        <message>
            <location filename="../../covidviewer/workspace/reformats.py" />
            <source>No planes through this series</source>
            <translation>该序列不能重建平面</translation>
        </message>
        <message>
            <location filename="../../covidviewer/workspace/reformats.py" />
            <source>The images themselves can be read as they are.</source>
            <translation>图像本身仍可按原样阅读。</translation>
        </message>
    </context>
    <context>
        <name>ReportDialog</name>
        <message>
            <location filename="../../covidviewer/ui/report_view.py" />
            <source>Close</source>
            <translation>关闭</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/report_view.py" />
            <source>Copy</source>
            <translation>复制</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/report_view.py" />
            <source>Copy the chosen items, or the whole report</source>
            <translation>复制所选条目或整份报告</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/report_view.py" />
            <source>Find in this report</source>
            <translation>在报告中查找</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/report_view.py" />
            <source>Item</source>
            <translation>条目</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/report_view.py" />
            <source>Items of the report</source>
            <translation>报告的条目</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/report_view.py" />
            <source>Name hidden</source>
            <translation>姓名已隐藏</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/report_view.py" />
            <source>Report</source>
            <translation>报告</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/report_view.py" />
            <source>Show the image</source>
            <translation>显示图像</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/report_view.py" />
            <source>That image is not open</source>
            <translation>该图像没有打开</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/report_view.py" />
            <source>Value</source>
            <translation>值</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/report_view.py" />
            <source>Written by others, shown as it is</source>
            <translation>他人所写，原样显示</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/report_view.py" />
            <source>Written by others, shown as it is: {status}</source>
            <translation>他人所写，原样显示：{status}</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/report_view.py" />
            <source>image</source>
            <translation>图像</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/report_view.py" />
            <source>see item {place}</source>
            <translation>见条目 {place}</translation>
        </message>
    </context>
    <context>
        <name>RowPainter</name>
        <message>
            <location filename="../../covidviewer/ui/measure/row_painter.py" />
            <source>Name of the measurement</source>
            <translation>测量的名称</translation>
        </message>
    </context>
    <context>
        <name>ScaleBar</name>
        <message>
            <location filename="../../covidviewer/ui/scale_bar.py" />
            <source>at detector</source>
            <translation>探测器平面</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/scale_bar.py" />
            <source>no spacing</source>
            <translation>无像素间距</translation>
        </message>
    </context>
    <context>
        <name>Scans</name>
        <message>
            <location filename="../../covidviewer/workspace/scans.py" />
            <source>Choose a folder, an archive or files with DICOM images or pictures.</source>
            <translation>请选择含有 DICOM 图像或图片的文件夹、压缩包或文件。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/workspace/scans.py" />
            <source>Files left out</source>
            <translation>未显示的文件</translation>
        </message>
        <message>
            <location filename="../../covidviewer/workspace/scans.py" />
            <source>Looking for images</source>
            <translation>正在查找图像</translation>
        </message>
        <message>
            <location filename="../../covidviewer/workspace/scans.py" />
            <source>No images</source>
            <translation>没有图像</translation>
        </message>
        <message>
            <location filename="../../covidviewer/workspace/scans.py" />
            <source>The list says why for each.</source>
            <translation>列表逐一说明原因。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/workspace/scans.py" />
            <source>There are no images in this folder.</source>
            <translation>此文件夹中没有图像。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/workspace/scans.py" />
            <source>There are no images in what was opened.</source>
            <translation>所打开的内容中没有图像。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/workspace/scans.py" />
            <source>{n} of {all} files are not shown.</source>
            <translation>{all} 个文件中有 {n} 个未显示。</translation>
        </message>
    </context>
    <context>
        <name>ScoreBar</name>
        <message>
            <location filename="../../covidviewer/ui/score_bar.py" />
            <source>no score</source>
            <translation>无评分</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/score_bar.py" />
            <source>score {s:.2f}</source>
            <translation>评分 {s:.2f}</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/score_bar.py" />
            <source>threshold {t:.2f}</source>
            <translation>阈值 {t:.2f}</translation>
        </message>
    </context>
    <context>
        <name>ScoreTrack</name>
        <message>
            <location filename="../../covidviewer/ui/score_track.py" />
            <source>Median of three slices</source>
            <translation>三层中值</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/score_track.py" />
            <source>Score of each slice</source>
            <translation>各层评分</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/score_track.py" />
            <source>Wide track</source>
            <translation>宽评分带</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/score_track.py" />
            <source>median of 3: {score:.2f}</source>
            <translation>三层中值：{score:.2f}</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/score_track.py" />
            <source>not evaluated</source>
            <translation>未评估</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/score_track.py" />
            <source>{label} {score:.2f}</source>
            <translation>{label} {score:.2f}</translation>
        </message>
    </context>
    <context>
        <name>SecondReading</name>
        <message>
            <location filename="../../covidviewer/workspace/second_reading.py" />
            <source>Run cancelled after {done} of {count} slices. No series score was made.</source>
            <translation>运行在 {done} / {count} 层后取消。没有生成序列评分。</translation>
        </message>
    </context>
    <context>
        <name>Sentences</name>
        <message>
            <location filename="../../covidviewer/inference/film_gate.py" />
            <source>A colour image.</source>
            <translation>这是彩色图像。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/imaging/own_colormaps.py" />
            <source>A name of 1 to 40 characters without ~ is missing.</source>
            <translation>缺少名称（1 至 40 个字符，不含 ~）。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/gate.py" />
            <source>A picture without HU and spacing, {0}.</source>
            <translation>没有 HU 和像素间距的图片，{0}。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/tags.py" />
            <source>A sequence of this header is too long. It was not opened.</source>
            <translation>该文件头的一个序列项过长。文件没有打开。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/imaging/mpr/space.py" />
            <source>A single image has no other planes.</source>
            <translation>单幅图像没有其他平面。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/imaging/own_colormaps.py" />
            <source>A stop is "#rrggbb", or [place, "#rrggbb"].</source>
            <translation>色标应写作 "#rrggbb" 或 [位置, "#rrggbb"]。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/gate.py" />
            <source>Air has {0} HU instead of -1000.</source>
            <translation>空气为 {0} HU，而不是 -1000。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/grouping.py" />
            <source>All {0} images lie at one position - they are shown in the order of their numbers, as a series in time - there is nothing to measure across them.</source>
            <translation>全部 {0} 幅图像位于同一位置 - 按编号顺序显示，视为时间序列 - 不能跨层测量。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/objects/documents.py" />
            <source>An empty page.</source>
            <translation>空白页。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/jobs/lane.py" />
            <source>An internal step failed ({0}).</source>
            <translation>内部步骤失败（{0}）。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/objects/overlays.py" />
            <source>An overlay plane of this image claims more pixels than it holds. It is not drawn.</source>
            <translation>该图像的一个叠加层声明的像素多于实际所有，未绘制。</translation>
        </message>
        <message>
            <location filename="../../tools/i18n.py" />
            <source>As stored</source>
            <translation>原始灰度</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/networks/torchvision_import.py" />
            <source>Baselines need torchvision, which is not installed.</source>
            <translation>基线网络需要 torchvision，但没有安装。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/documents.py" />
            <source>CDA document</source>
            <translation>CDA 文档</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/device.py" />
            <source>CUDA cannot be used here ({0}).</source>
            <translation>此处无法使用 CUDA（{0}）。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/errors.py" />
            <source>Cancelled</source>
            <translation>已取消</translation>
        </message>
        <message>
            <location filename="../../covidviewer/workspace/own_settings.py" />
            <source>Choose another folder.</source>
            <translation>请选择其他文件夹。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/imaging/colormaps.py" />
            <source>Choose one of {0}.</source>
            <translation>请从以下选择：{0}。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/workspace/memory.py" />
            <source>Close other studies or free space on the disk, then open it again.</source>
            <translation>请关闭其他检查或释放磁盘空间，然后重新打开。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/imaging/own_colormaps.py" />
            <source>Colour map</source>
            <translation>色表</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/colour.py" />
            <source>Colour model {0} cannot be shown.</source>
            <translation>颜色模型 {0} 无法显示。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/gate.py" />
            <source>Contrast was given.</source>
            <translation>使用了对比剂。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/errors.py" />
            <source>Damaged file</source>
            <translation>文件损坏</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/documents.py" />
            <source>Deformable spatial registration</source>
            <translation>可变形空间配准</translation>
        </message>
        <message>
            <location filename="../../covidviewer/errors.py" />
            <source>Device problem</source>
            <translation>设备问题</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/documents.py" />
            <source>Document</source>
            <translation>文档</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/documents.py" />
            <source>Encapsulated document</source>
            <translation>封装文档</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/loading.py" />
            <source>Fetch the file again.</source>
            <translation>请重新获取该文件。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/errors.py" />
            <source>File not shown</source>
            <translation>文件未显示</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/device.py" />
            <source>Graphics memory is not enough (needs {0} GB, {1} GB free).</source>
            <translation>显存不足（需要 {0} GB，可用 {1} GB）。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/engines/torch_engine.py" />
            <source>Graphics memory is not enough.</source>
            <translation>显存不足。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/device.py" />
            <source>Graphics memory is not enough. Continuing in half precision.</source>
            <translation>显存不足。改用半精度继续。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/device.py" />
            <source>Graphics memory is not enough. Continuing on the processor, which takes longer.</source>
            <translation>显存不足。改用处理器继续，用时较长。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/device.py" />
            <source>Graphics memory is not enough. Continuing with smaller batches ({0}).</source>
            <translation>显存不足。改用较小的批次（{0}）继续。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/syntaxes.py" />
            <source>HTJ2K lossless</source>
            <translation>HTJ2K 无损</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/syntaxes.py" />
            <source>HTJ2K lossless, progressive</source>
            <translation>HTJ2K 无损，渐进</translation>
        </message>
        <message>
            <location filename="../../covidviewer/errors.py" />
            <source>Hanging protocol skipped</source>
            <translation>已跳过挂片方案</translation>
        </message>
        <message>
            <location filename="../../tools/i18n.py" />
            <source>Header</source>
            <translation>文件头</translation>
        </message>
        <message>
            <location filename="../../tools/i18n.py" />
            <source>Header {0}</source>
            <translation>文件头 {0}</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/documents.py" />
            <source>Height map segmentation</source>
            <translation>高度图分割</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/engines/torch_engine.py" />
            <source>Install it with: pip install "covidviewer[ai]".</source>
            <translation>安装方法：pip install "covidviewer[ai]"。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/networks/torchvision_import.py" />
            <source>Install it with: pip install "covidviewer[train]".</source>
            <translation>安装方法：pip install "covidviewer[train]"。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/device.py" />
            <source>Install them with: pip install "covidviewer[ai]".</source>
            <translation>安装方法：pip install "covidviewer[ai]"。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/loading.py" />
            <source>It belongs to another version of the program.</source>
            <translation>它属于本程序的另一版本。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/workspace/study_index.py" />
            <source>It is neither read nor changed.</source>
            <translation>既未读取也未更改。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/workspace/protocols.py" />
            <source>It was skipped.</source>
            <translation>已跳过。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/syntaxes.py" />
            <source>JPEG 2000</source>
            <translation>JPEG 2000</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/syntaxes.py" />
            <source>JPEG 2000 lossless</source>
            <translation>JPEG 2000 无损</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/syntaxes.py" />
            <source>JPEG baseline, 8 bit, lossy</source>
            <translation>JPEG 基线，8 位，有损</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/syntaxes.py" />
            <source>JPEG extended, 12 bit, lossy</source>
            <translation>JPEG 扩展，12 位，有损</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/syntaxes.py" />
            <source>JPEG lossless</source>
            <translation>JPEG 无损</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/syntaxes.py" />
            <source>JPEG lossless, first order</source>
            <translation>JPEG 无损，一阶预测</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/syntaxes.py" />
            <source>JPEG-LS lossless</source>
            <translation>JPEG-LS 无损</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/syntaxes.py" />
            <source>JPEG-LS near-lossless</source>
            <translation>JPEG-LS 近无损</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/documents.py" />
            <source>Key object selection</source>
            <translation>关键对象选择</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/explain/superpixels.py" />
            <source>LIME needs scikit-image, which is not installed.</source>
            <translation>LIME 需要 scikit-image，但没有安装。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/documents.py" />
            <source>Label map segmentation</source>
            <translation>标签图分割</translation>
        </message>
        <message>
            <location filename="../../tools/i18n.py" />
            <source>Look-up table</source>
            <translation>查找表</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/gate.py" />
            <source>Lung is found on one side only.</source>
            <translation>仅在一侧找到肺。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/gate.py" />
            <source>Lungs are found in {0} of the slices.</source>
            <translation>在 {0} 的层面中找到肺。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/documents.py" />
            <source>MTL material</source>
            <translation>MTL 材质</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/engines/openvino_engine.py" />
            <source>Memory is not enough.</source>
            <translation>内存不足。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/device.py" />
            <source>Memory is not enough. Continuing with smaller batches.</source>
            <translation>内存不足。改用较小的批次继续。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/scan.py" />
            <source>More than {0} files were found; the rest was not looked at.</source>
            <translation>找到的文件超过 {0} 个；其余未查看。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/errors.py" />
            <source>Network not available</source>
            <translation>网络不可用</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/device.py" />
            <source>No NVIDIA graphics driver is installed.</source>
            <translation>没有安装 NVIDIA 显卡驱动。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/gate.py" />
            <source>No air round the body to check the HU by.</source>
            <translation>体外没有空气，无法核对 HU。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/enlarging.py" />
            <source>No enlarger is shipped with these weights.</source>
            <translation>这些权重没有附带放大网络。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/errors.py" />
            <source>No network for this</source>
            <translation>无适用网络</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/gate.py" />
            <source>No network for this: 8-bit values hold no HU.</source>
            <translation>8 位数值不含 HU。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/gate.py" />
            <source>No network for this: air has {0} HU, so the values are not HU.</source>
            <translation>空气为 {0} HU，数值不是 HU。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/gate.py" />
            <source>No network for this: it is a colour image.</source>
            <translation>这是彩色图像。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/gate.py" />
            <source>No network for this: it is a film; the network knows chest CT.</source>
            <translation>这是胸片；该网络适用于胸部 CT。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/film_gate.py" />
            <source>No network for this: it is a lateral film; the network knows frontal films.</source>
            <translation>这是侧位片；该网络适用于正位胸片。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/gate.py" />
            <source>No network for this: it is a localizer (scout).</source>
            <translation>这是定位像。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/gate.py" />
            <source>No network for this: it is a secondary capture (a picture of a screen).</source>
            <translation>这是二次捕获图像（屏幕图片）。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/gate.py" />
            <source>No network for this: it is no chest film.</source>
            <translation>这不是胸片。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/gate.py" />
            <source>No network for this: it is no image ({0}).</source>
            <translation>这不是图像（{0}）。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/gate.py" />
            <source>No network for this: it is {0}; the network knows chest CT.</source>
            <translation>这是 {0}；该网络适用于胸部 CT。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/gate.py" />
            <source>No network for this: no air and no lung is found by HU.</source>
            <translation>按 HU 没有找到空气和肺。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/pipeline.py" />
            <source>No network for this: no image could be read.</source>
            <translation>没有图像可以读取。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/gate.py" />
            <source>No network for this: no slice could be read.</source>
            <translation>没有层面可以读取。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/film_gate.py" />
            <source>No network for this: no two lungs of a frontal chest film are found.</source>
            <translation>没有找到正位胸片的两肺。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/film_gate.py" />
            <source>No network for this: the body part is {0}, not the chest.</source>
            <translation>检查部位是 {0}，不是胸部。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/gate.py" />
            <source>No network for this: the field of view is {0} mm, not that of a chest.</source>
            <translation>视野为 {0} mm，不是胸部的视野。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/gate.py" />
            <source>No network for this: the network does not know {0}.</source>
            <translation>该网络不认识 {0}。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/gate.py" />
            <source>No network for this: the picture looks like {0} ({1}).</source>
            <translation>图片看起来像 {0}（{1}）。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/gate.py" />
            <source>No network for this: the slices are not axial (the network knows axial slices).</source>
            <translation>层面不是横断位（该网络适用于横断位）。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/gate.py" />
            <source>No network for this: the values are no HU{0}.</source>
            <translation>数值不是 HU{0}。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/gate.py" />
            <source>No network for this: there is no rescale, so the values are not HU.</source>
            <translation>没有重定标，数值不是 HU。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/registry.py" />
            <source>No network for this: there is none for {0}.</source>
            <translation>没有适用于 {0} 的网络。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/gate.py" />
            <source>No network for this: {0}.</source>
            <translation>{0}。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/registry.py" />
            <source>No network is called {0}.</source>
            <translation>没有名为 {0} 的网络。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/study.py" />
            <source>No path was given.</source>
            <translation>没有给出路径。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/notes.py" />
            <source>No usable window in the header - a preset was chosen - set another if need be.</source>
            <translation>文件头没有可用的窗 - 已选用预设 - 需要时请另选。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/notes.py" />
            <source>No valid pixel spacing in the header - millimetres are unknown - lengths are in pixels.</source>
            <translation>文件头没有有效的像素间距 - 毫米（mm）未知 - 长度以像素计。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/notes.py" />
            <source>No valid rescale in the header - values are as stored and not Hounsfield units - do not read HU from them.</source>
            <translation>文件头没有有效的重定标 - 数值为存储值，不是亨氏单位 - 不要当作 HU 读取。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/registry.py" />
            <source>No {0} is called {1}.</source>
            <translation>没有名为 {1} 的{0}。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/workspace/reader_store.py" />
            <source>Not saved</source>
            <translation>未保存</translation>
        </message>
        <message>
            <location filename="../../covidviewer/errors.py" />
            <source>Not supported</source>
            <translation>不支持</translation>
        </message>
        <message>
            <location filename="../../covidviewer/workspace/own_settings.py" />
            <source>Nothing was changed.</source>
            <translation>没有更改任何内容。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/documents.py" />
            <source>OBJ model</source>
            <translation>OBJ 模型</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/gate.py" />
            <source>Only {0} slices.</source>
            <translation>只有 {0} 层。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/gate.py" />
            <source>Only {0} slices: slice scores only.</source>
            <translation>只有 {0} 层：仅单层评分。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/engines/openvino_import.py" />
            <source>OpenVINO is not installed or cannot be loaded here.</source>
            <translation>OpenVINO 没有安装或无法在此加载。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/documents.py" />
            <source>PDF document</source>
            <translation>PDF 文档</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/documents.py" />
            <source>Parametric map</source>
            <translation>参数图</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/pictures.py" />
            <source>Pictures with pixels of the kind {0} cannot be shown.</source>
            <translation>像素类型为 {0} 的图片无法显示。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/pictures.py" />
            <source>Pictures with values beyond 16 bits cannot be shown.</source>
            <translation>数值超过 16 位的图片无法显示。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/layout.py" />
            <source>Pictures with {0} samples a pixel cannot be shown.</source>
            <translation>每像素 {0} 个样本的图片无法显示。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/notes.py" />
            <source>Pixel spacing is that of the detector - the body is magnified by an unknown factor - lengths are too long.</source>
            <translation>像素间距是探测器平面的 - 体内放大率未知 - 测得的长度偏大。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/codecs.py" />
            <source>Pixels in {0} ({1}) cannot be decoded.</source>
            <translation>{0}（{1}）的像素无法解码。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/layout.py" />
            <source>Pixels of {0} bits cannot be shown.</source>
            <translation>{0} 位的像素无法显示。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/imaging/mpr/space.py" />
            <source>Planes cannot be cut through colour images.</source>
            <translation>彩色图像不能重建其他平面。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/notes.py" />
            <source>Positions are missing or unusable in the header - the order follows instance numbers, distances across slices are unknown - do not measure across slices.</source>
            <translation>文件头缺少位置或位置不可用 - 按图像编号排序，层间距离未知 - 不要跨层测量。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/documents.py" />
            <source>Presentation state</source>
            <translation>显示状态</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/device.py" />
            <source>PyTorch is not installed.</source>
            <translation>没有安装 PyTorch。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/syntaxes.py" />
            <source>RLE</source>
            <translation>RLE</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/codecs.py" />
            <source>RLE with {0} bits a sample cannot be decoded.</source>
            <translation>每样本 {0} 位的 RLE 无法解码。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/documents.py" />
            <source>Radiation dose report</source>
            <translation>辐射剂量报告</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/documents.py" />
            <source>Radiotherapy dose</source>
            <translation>放疗剂量</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/documents.py" />
            <source>Radiotherapy ion plan</source>
            <translation>放疗离子计划</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/documents.py" />
            <source>Radiotherapy object</source>
            <translation>放疗对象</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/documents.py" />
            <source>Radiotherapy plan</source>
            <translation>放疗计划</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/documents.py" />
            <source>Radiotherapy structure set</source>
            <translation>放疗结构集</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/documents.py" />
            <source>Raw data</source>
            <translation>原始数据</translation>
        </message>
        <message>
            <location filename="../../covidviewer/workspace/study_index.py" />
            <source>Reading goes on without it; “Forget all” in the list begins a new one.</source>
            <translation>阅片不受影响；在列表中按“全部清除”可重新开始。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/documents.py" />
            <source>Real world value mapping</source>
            <translation>真实值映射</translation>
        </message>
        <message>
            <location filename="../../covidviewer/workspace/study_index.py" />
            <source>Remove the file yourself.</source>
            <translation>请自行删除该文件。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/notes.py" />
            <source>Rescale changes from slice to slice - each slice was converted by its own values - nothing needs to be done.</source>
            <translation>各层的重定标不同 - 每层用自己的值换算 - 无需处理。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/documents.py" />
            <source>STL model</source>
            <translation>STL 模型</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/grouping.py" />
            <source>Same position and same pixels as {0}; that one is shown.</source>
            <translation>与 {0} 位置相同、像素相同；已显示后者。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/documents.py" />
            <source>Segmentation</source>
            <translation>分割</translation>
        </message>
        <message>
            <location filename="../../covidviewer/workspace/own_settings.py" />
            <source>Settings</source>
            <translation>设置</translation>
        </message>
        <message>
            <location filename="../../covidviewer/imaging/mpr/space.py" />
            <source>Several images lie at one place (phases or repeats), so a plane would mix them.</source>
            <translation>同一位置有多幅图像（多期相或重复），不能由此重建平面。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/gate.py" />
            <source>Sharp reconstruction kernel ({0}).</source>
            <translation>锐利的重建卷积核（{0}）。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/gate.py" />
            <source>Slice scores only.</source>
            <translation>仅单层评分。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/gate.py" />
            <source>Slice thickness {0} mm is outside the validated range: slice scores only.</source>
            <translation>层厚 {0} mm 超出验证范围：仅单层评分。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/geometry.py" />
            <source>Slices are not equally spaced ({0} to {1} mm, at {2} mm) - true positions are used, nothing was interpolated - measure across slices with care.</source>
            <translation>层间距不等（{0} 至 {1} mm，于 {2} mm 处） - 使用真实位置，没有插值 - 跨层测量请谨慎。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/geometry.py" />
            <source>Slices are shifted sideways by up to {0} mm - the stack is no box - compare positions between slices with care.</source>
            <translation>层面横向错开最多 {0} mm - 该堆叠不是长方体 - 比较层间位置请谨慎。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/notes.py" />
            <source>Slices are {0} mm thick and {1} mm apart - what lies between them was not imaged - small findings may be missed.</source>
            <translation>层厚 {0} mm，层间距 {1} mm - 其间的部分没有成像 - 小病灶可能遗漏。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/gate.py" />
            <source>Some images are damaged and left out.</source>
            <translation>部分图像损坏，未予显示。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/gate.py" />
            <source>Some places have more than one image; each is scored.</source>
            <translation>部分位置有多幅图像；逐一评分。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/errors.py" />
            <source>Something went wrong</source>
            <translation>出现问题</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/documents.py" />
            <source>Spatial fiducials</source>
            <translation>空间基准点</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/documents.py" />
            <source>Spatial registration</source>
            <translation>空间配准</translation>
        </message>
        <message>
            <location filename="../../covidviewer/imaging/own_colormaps.py" />
            <source>Stop {0} is no colour; write it as "#rrggbb".</source>
            <translation>第 {0} 个色标不是颜色；应写作 "#rrggbb"。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/documents.py" />
            <source>Structured report</source>
            <translation>结构化报告</translation>
        </message>
        <message>
            <location filename="../../covidviewer/workspace/study_index.py" />
            <source>Study list</source>
            <translation>检查列表</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/documents.py" />
            <source>Surface segmentation</source>
            <translation>表面分割</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/storage.py" />
            <source>The 8-bit weights {0} have no scale in the file; they cannot be read.</source>
            <translation>文件中的 8 位权重 {0} 没有比例，无法读取。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/codecs.py" />
            <source>The RLE stream gives {0} of {1} bytes.</source>
            <translation>RLE 数据流给出 {1} 字节中的 {0} 字节。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/codecs.py" />
            <source>The RLE stream has a broken table of its segments.</source>
            <translation>RLE 数据流的分段表损坏。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/codecs.py" />
            <source>The RLE stream holds {0} segments where {1} are needed.</source>
            <translation>RLE 数据流有 {0} 段，应为 {1} 段。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/codecs.py" />
            <source>The RLE stream is shorter than its own header.</source>
            <translation>RLE 数据流比自身的头还短。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/archive.py" />
            <source>The archive asks for a password. Unpack it first.</source>
            <translation>压缩包需要密码。请先解压。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/archive.py" />
            <source>The archive cannot be read ({0}).</source>
            <translation>压缩包无法读取（{0}）。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/archive.py" />
            <source>The archive holds {0} files; the limit is {1}. Nothing was unpacked.</source>
            <translation>压缩包含 {0} 个文件；上限为 {1}。没有解压任何内容。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/archive.py" />
            <source>The archive is damaged and cannot be opened.</source>
            <translation>压缩包损坏，无法打开。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/archive.py" />
            <source>The archive is packed in a way that cannot be read.</source>
            <translation>压缩包的压缩方式无法读取。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/archive.py" />
            <source>The archive points outside its folder ({0} {1}). Nothing was unpacked.</source>
            <translation>压缩包指向自身文件夹之外（{0} {1}）。没有解压任何内容。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/archive.py" />
            <source>The archive would unpack to {0} times its size; the limit is {1} times. Nothing was unpacked.</source>
            <translation>压缩包解压后为原大小的 {0} 倍；上限为 {1} 倍。没有解压任何内容。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/archive.py" />
            <source>The archive would unpack to {0}; only {1} are free on this disk. Nothing was unpacked.</source>
            <translation>压缩包解压后为 {0}；磁盘仅余 {1}。没有解压任何内容。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/archive.py" />
            <source>The archive would unpack to {0}; the limit is {1}. Nothing was unpacked.</source>
            <translation>压缩包解压后为 {0}；上限为 {1}。没有解压任何内容。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/walker.py" />
            <source>The compressed pixel data are cut short: a piece claims more than the file holds.</source>
            <translation>压缩像素数据不完整：其中一段声明的长度超过文件。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/walker.py" />
            <source>The compressed pixel data do not begin with an item.</source>
            <translation>压缩像素数据不以数据项开头。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/engines/eight_bit.py" />
            <source>The converted network could not be loaded.</source>
            <translation>转换后的网络无法加载。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/engines/convert.py" />
            <source>The converted network does not answer as the original; it is not used.</source>
            <translation>转换后的网络与原网络结果不一致，未予使用。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/decode_child.py" />
            <source>The decoder process could not be started ({0}).</source>
            <translation>解码进程无法启动（{0}）。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/decode_child.py" />
            <source>The decoder process {0}.</source>
            <translation>解码进程：{0}。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/dicomdir.py" />
            <source>The disc index lists this file, but it is not there.</source>
            <translation>光盘目录列有此文件，但文件不存在。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/dicomdir.py" />
            <source>The disc index points outside its folder. This entry was ignored.</source>
            <translation>光盘目录指向自身文件夹之外。已忽略此条目。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/objects/documents.py" />
            <source>The document in this object is no PDF.</source>
            <translation>该对象中的文档不是 PDF。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/encapsulated.py" />
            <source>The encapsulated pixels do not begin with an item.</source>
            <translation>封装的像素不以数据项开头。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/imaging/own_colormaps.py" />
            <source>The ends differ in lightness by {0} of 100 only; at least {1} are needed.</source>
            <translation>两端明度仅相差 {0}（满分 100）；至少需要 {1}。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/guard.py" />
            <source>The file cannot be opened ({0}).</source>
            <translation>文件无法打开（{0}）。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/dataset.py" />
            <source>The file cannot be read ({0}).</source>
            <translation>文件无法读取（{0}）。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/objects/source.py" />
            <source>The file cannot be read.</source>
            <translation>文件无法读取。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/pictures.py" />
            <source>The file claims {0} pages; the limit is {1}.</source>
            <translation>文件声明有 {0} 页；上限为 {1}。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/guard.py" />
            <source>The file has a name that cannot be opened.</source>
            <translation>文件名无法打开。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/guard.py" />
            <source>The file has {0}; the limit is 8 GB.</source>
            <translation>文件有 {0}；上限为 8 GB。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/layout.py" />
            <source>The file holds no compressed picture, though it claims one. It was not opened.</source>
            <translation>文件声明含压缩图像，实际没有。文件没有打开。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/dataset.py" />
            <source>The file holds no pixel data.</source>
            <translation>文件不含像素数据。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/encapsulated.py" />
            <source>The file holds no pixel stream for this image.</source>
            <translation>文件不含该图像的像素流。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/codecs.py" />
            <source>The file holds no pixel stream.</source>
            <translation>文件不含像素流。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/native.py" />
            <source>The file is cut short: it holds {0} of the {1} bytes of this image.</source>
            <translation>文件不完整：该图像应有 {1} 字节，只有 {0} 字节。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/guard.py" />
            <source>The file is empty.</source>
            <translation>文件为空。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/pictures.py" />
            <source>The file is named like a picture, but is no PNG, JPEG or TIFF that can be read.</source>
            <translation>文件名像图片，但不是可读取的 PNG、JPEG 或 TIFF。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/dataset.py" />
            <source>The file meta information is broken.</source>
            <translation>文件元信息损坏。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/dataset.py" />
            <source>The file nests its sequences too deeply.</source>
            <translation>文件的序列嵌套过深。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/scan.py" />
            <source>The folder cannot be opened ({0}).</source>
            <translation>文件夹无法打开（{0}）。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/workspace/study_index.py" />
            <source>The folder for the study list cannot be written.</source>
            <translation>存放检查列表的文件夹无法写入。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/workspace/reader_store.py" />
            <source>The folder for your measurements cannot be written.</source>
            <translation>存放测量的文件夹无法写入。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/geometry.py" />
            <source>The gantry was tilted by {0}° - the stack is sheared, distances inside a slice are right - the networks are not validated for tilt.</source>
            <translation>机架倾斜 {0}° - 堆叠呈剪切状，层内距离正确 - 网络未对倾斜作验证。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/gate.py" />
            <source>The gantry was tilted by {0}°; the network is not validated for tilt.</source>
            <translation>机架倾斜 {0}°；网络未对倾斜作验证。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/device.py" />
            <source>The graphics card could not be asked. Using the processor.</source>
            <translation>无法查询显卡。改用处理器。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/device.py" />
            <source>The graphics card failed. Continuing on the processor, which takes longer.</source>
            <translation>显卡失败。改用处理器继续，用时较长。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/device.py" />
            <source>The graphics driver did not answer in 15 s (often after standby). Using the processor.</source>
            <translation>显卡驱动 15 秒内没有响应（常见于待机之后）。改用处理器。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/guard.py" />
            <source>The header claims a picture of {0} x {1} pixels. It was not opened.</source>
            <translation>文件头声明图像为 {0} x {1} 像素。文件没有打开。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/native.py" />
            <source>The header claims {0} bits a pixel and one image, but the file holds {1} times as many bytes.</source>
            <translation>文件头声明每像素 {0} 位、一幅图像，但文件的字节数是其 {1} 倍。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/layout.py" />
            <source>The header claims {0} bits a pixel and one image, but the file holds {1} times as many bytes. It was not opened.</source>
            <translation>文件头声明每像素 {0} 位、一幅图像，但文件的字节数是其 {1} 倍。文件没有打开。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/layout.py" />
            <source>The header claims {0} bits stored in {1}; {2} were assumed.</source>
            <translation>文件头声明以 {1} 位存储 {0} 位；已按 {2} 处理。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/layout.py" />
            <source>The header claims {0} frames, the file holds {1} - the others are not shown.</source>
            <translation>文件头声明 {0} 帧，文件只有 {1} 帧 - 其余不显示。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/layout.py" />
            <source>The header claims {0} frames, the file holds {1}; the others are not shown.</source>
            <translation>文件头声明 {0} 帧，文件只有 {1} 帧；其余不显示。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/guard.py" />
            <source>The header claims {0} frames; the limit is {1}.</source>
            <translation>文件头声明 {0} 帧；上限为 {1}。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/guard.py" />
            <source>The header claims {0} x {1} pixels, {2} for one image; the limit is 0.5 GB.</source>
            <translation>文件头声明 {0} x {1} 像素，一幅图像 {2}；上限为 0.5 GB。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/guard.py" />
            <source>The header claims {0} x {1} pixels; the limit is 65535 a side.</source>
            <translation>文件头声明 {0} x {1} 像素；每边上限为 65535。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/layout.py" />
            <source>The header does not say what the pixels mean; {0} was assumed.</source>
            <translation>文件头没有说明像素含义；已按 {0} 处理。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/layout.py" />
            <source>The header does not say whether pixels are signed; unsigned was assumed.</source>
            <translation>文件头没有说明像素是否有符号；已按无符号处理。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/layout.py" />
            <source>The header does not say {0}, so the picture cannot be read.</source>
            <translation>文件头没有说明 {0}，图像无法读取。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/layout.py" />
            <source>The header gives no sensible number of frames; one was assumed.</source>
            <translation>文件头的帧数不合理；已按一帧处理。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/film_gate.py" />
            <source>The header names no body part.</source>
            <translation>文件头没有注明检查部位。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/guard.py" />
            <source>The header of this file has millions of elements. It was not opened.</source>
            <translation>该文件头有数百万个元素。文件没有打开。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/reading.py" />
            <source>The header of this file is damaged and cannot be read.</source>
            <translation>该文件头损坏，无法读取。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/layout.py" />
            <source>The header says that the pixels are compressed, but they are not. It was not opened.</source>
            <translation>文件头称像素已压缩，实际没有。文件没有打开。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/layout.py" />
            <source>The header says that the pixels are compressed; they are not, and were read as they are.</source>
            <translation>文件头称像素已压缩，实际没有，已按原样读取。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/imaging/modality.py" />
            <source>The image has {0} pixels, the series {1}.</source>
            <translation>图像有 {0} 像素，序列为 {1}。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/gate.py" />
            <source>The images are derived, not as the scanner made them.</source>
            <translation>图像是派生的，不是设备的原始图像。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/imaging/mpr/space.py" />
            <source>The images do not share one orientation and pixel size, so no plane can be cut through them.</source>
            <translation>各图像的方向和像素大小不一致，不能重建平面。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/imaging/mpr/space.py" />
            <source>The images themselves can be read as they are.</source>
            <translation>图像本身仍可按原样阅读。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/gate.py" />
            <source>The images were compressed with loss.</source>
            <translation>图像经过有损压缩。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/notes.py" />
            <source>The images were compressed with loss{0} - fine detail and values may differ from the originals - compare with the originals.</source>
            <translation>图像经过有损压缩{0} - 细节和数值可能与原图不同 - 请与原图对照。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/encapsulated.py" />
            <source>The last piece of the encapsulated pixels reaches beyond the end of the file.</source>
            <translation>封装像素的最后一段超出文件末尾。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/imaging/own_colormaps.py" />
            <source>The lightness falls at {0}: bands would seem to be in the data that are not. It must grow from the first stop to the last.</source>
            <translation>明度在 {0} 处下降：会显出数据中没有的色带。明度须从首个色标到末个色标递增。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/enlarging.py" />
            <source>The list of networks (manifest.toml) cannot be read.</source>
            <translation>网络列表（manifest.toml）无法读取。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/manifest.py" />
            <source>The list of networks (manifest.toml) has no [[weights]] tables.</source>
            <translation>网络列表（manifest.toml）没有 [[weights]] 表。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/manifest.py" />
            <source>The list of networks has schema {0}; this program knows {1}.</source>
            <translation>网络列表的格式版本为 {0}；本程序支持 {1}。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/gate.py" />
            <source>The lungs are cut off at the first or the last slice.</source>
            <translation>肺在第一层或最后一层被截断。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/film_gate.py" />
            <source>The lungs have an unusual shape; the network may have cut out the wrong part.</source>
            <translation>肺的形态异常；网络可能裁切了错误的部位。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/manifest.py" />
            <source>The manifest entry {0} {1}.</source>
            <translation>manifest 条目 {0} {1}。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/loading.py" />
            <source>The model file does not match its checksum. It was not loaded.</source>
            <translation>模型文件与校验和不符，未予加载。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/engines/convert.py" />
            <source>The network could not be converted for OpenVINO.</source>
            <translation>网络无法转换为 OpenVINO。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/engines/eight_bit.py" />
            <source>The network could not be run (OpenVINO).</source>
            <translation>网络无法运行（OpenVINO）。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/engines/torch_engine.py" />
            <source>The network could not be run ({0}).</source>
            <translation>网络无法运行（{0}）。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/pipeline.py" />
            <source>The network has to be converted once, and PyTorch is not installed.</source>
            <translation>网络需要先转换一次，但没有安装 PyTorch。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/pipeline.py" />
            <source>The network is prepared for this processor once; later starts need not.</source>
            <translation>网络正为本处理器作一次性准备；以后启动不再需要。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/notes.py" />
            <source>The orientation is missing or unusable in the header - sides cannot be told, distances across slices are unknown - do not rely on left and right.</source>
            <translation>文件头缺少方向或方向不可用 - 无法判断左右，层间距离未知 - 不要依赖左右方位。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/gate.py" />
            <source>The orientation of the slices is unknown.</source>
            <translation>层面方向未知。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/guard.py" />
            <source>The packed (deflated) data set is broken.</source>
            <translation>压缩（deflate）的数据集损坏。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/guard.py" />
            <source>The packed data set would unpack to more than {0} MB. It was not opened.</source>
            <translation>压缩的数据集解压后超过 {0} MB。文件没有打开。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/colour.py" />
            <source>The palette has a segment of an unknown kind.</source>
            <translation>调色板有未知类型的段。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/colour.py" />
            <source>The palette has no data.</source>
            <translation>调色板没有数据。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/colour.py" />
            <source>The palette has no descriptor.</source>
            <translation>调色板没有描述符。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/colour.py" />
            <source>The palette holds {0} of {1} entries.</source>
            <translation>调色板只有 {1} 项中的 {0} 项。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/colour.py" />
            <source>The palette is empty.</source>
            <translation>调色板为空。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/gate.py" />
            <source>The patient did not lie on the back (position {0}).</source>
            <translation>患者不是仰卧位（体位 {0}）。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/pictures.py" />
            <source>The picture has {0} x {1} pixels; the limit is {2} million.</source>
            <translation>图片有 {0} x {1} 像素；上限为 {2} 百万。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/pictures.py" />
            <source>The picture is damaged and cannot be read.</source>
            <translation>图片损坏，无法读取。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/pipeline.py" />
            <source>The picture is not loaded.</source>
            <translation>图片尚未加载。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/pictures.py" />
            <source>The picture needs more memory than there is.</source>
            <translation>图片需要的内存超过现有内存。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/pictures.py" />
            <source>The picture was compressed with loss (JPEG) - fine detail may differ from the original - compare with it.</source>
            <translation>图片经过有损压缩（JPEG） - 细节可能与原图不同 - 请与原图对照。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/pictures.py" />
            <source>The picture was enlarged by a network - detail between the original's pixels is invented - do not read, measure or judge by it.</source>
            <translation>图片由网络放大 - 原像素之间的细节是虚构的 - 不要据此阅片、测量或判断。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/pictures.py" />
            <source>The picture would unpack to more pixels than may be opened.</source>
            <translation>图片解压后的像素超过允许的数量。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/layout.py" />
            <source>The pixel data have no length, though they are not compressed. It was not opened.</source>
            <translation>像素数据没有压缩却没有长度。文件没有打开。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/layout.py" />
            <source>The pixel element claims more bytes than the file holds; the picture itself is complete.</source>
            <translation>像素元素声明的字节多于文件所有；图像本身完整。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/gate.py" />
            <source>The pixel spacing is unknown.</source>
            <translation>像素间距未知。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/decode_child.py" />
            <source>The pixel stream is damaged: it ended the decoder.</source>
            <translation>像素流损坏：解码器因此终止。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/decode_child.py" />
            <source>The pixel stream is damaged: its decoder gave no picture within {0} s.</source>
            <translation>像素流损坏：解码器在 {0} 秒内没有给出图像。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/codecs.py" />
            <source>The pixel stream is no {0} stream.</source>
            <translation>像素流不是 {0} 数据流。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/imaging/own_colormaps.py" />
            <source>The places of the stops must grow from 0 to 1.</source>
            <translation>色标位置须从 0 递增到 1。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/imaging/mpr/space.py" />
            <source>The positions of these images are not known, so no plane can be cut through them.</source>
            <translation>这些图像的位置未知，不能重建平面。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/imaging/film_lungs.py" />
            <source>The program's own file film_lungs.safetensors is missing or damaged.</source>
            <translation>程序自带文件 film_lungs.safetensors 缺失或损坏。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/picture_kind.py" />
            <source>The program's own file picture_kind.json is missing or damaged.</source>
            <translation>程序自带文件 picture_kind.json 缺失或损坏。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/objects/documents.py" />
            <source>The renderer of documents could not be started ({0}).</source>
            <translation>文档渲染进程无法启动（{0}）。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/storage.py" />
            <source>The scale of the 8-bit weights {0} does not fit them.</source>
            <translation>8 位权重 {0} 的比例与其不符。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/device.py" />
            <source>The second reading needs PyTorch and OpenVINO, which are not installed.</source>
            <translation>第二阅片需要 PyTorch 和 OpenVINO，但没有安装。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/engines/torch_engine.py" />
            <source>The second reading needs PyTorch, which is not installed or cannot be loaded here.</source>
            <translation>第二阅片需要 PyTorch，但没有安装或无法在此加载。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/gate.py" />
            <source>The series held several phases, which were separated.</source>
            <translation>该序列含多个期相，已分开。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/workspace/own_settings.py" />
            <source>The settings could not be written.</source>
            <translation>设置无法写入。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/imaging/mpr/space.py" />
            <source>The size of the pixels in the patient is not known, so a plane would be squeezed or stretched.</source>
            <translation>像素在体内的大小未知，不能重建平面。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/pipeline.py" />
            <source>The slice is not loaded.</source>
            <translation>该层尚未加载。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/gate.py" />
            <source>The slice thickness is unknown.</source>
            <translation>层厚未知。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/gate.py" />
            <source>The slices are oblique ({0}° to the axial plane).</source>
            <translation>层面为斜位（与横断面成 {0}°）。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/gate.py" />
            <source>The slices have no position: slice scores only.</source>
            <translation>层面没有位置信息：仅单层评分。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/codecs.py" />
            <source>The stream holds a picture of {0} where the header says {1}.</source>
            <translation>数据流中的图像为 {0}，文件头为 {1}。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/workspace/study_index.py" />
            <source>The study list could not be read or written.</source>
            <translation>检查列表无法读取或写入。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/workspace/study_index.py" />
            <source>The study list could not be removed.</source>
            <translation>检查列表无法删除。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/workspace/study_index.py" />
            <source>The study list was written by a newer version of this program.</source>
            <translation>检查列表由本程序的更新版本写入。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/imaging/own_colormaps.py" />
            <source>The text is too long for a colour map.</source>
            <translation>文本过长，不是色表。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/networks/torchvision_baseline.py" />
            <source>The torchvision model {0} cannot be cut into backbone and head.</source>
            <translation>torchvision 模型 {0} 不能拆分为主干和分类头。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/networks/torchvision_baseline.py" />
            <source>The torchvision model {0} has no map with a grid.</source>
            <translation>torchvision 模型 {0} 没有带网格的热图。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/jobs/lane.py" />
            <source>The viewer goes on; details are in the log.</source>
            <translation>阅片软件继续运行；详情见日志。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/loading.py" />
            <source>The weight file {0} cannot be read.</source>
            <translation>权重文件 {0} 无法读取。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/loading.py" />
            <source>The weight file {0} is missing.</source>
            <translation>缺少权重文件 {0}。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/imaging/voi.py" />
            <source>The window function {0} is unknown; LINEAR is used.</source>
            <translation>窗函数 {0} 未知；已用 LINEAR。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/imaging/voi.py" />
            <source>The window of the header (center {0}, width {1}) cannot be used.</source>
            <translation>文件头的窗（窗位 {0}，窗宽 {1}）不可用。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/imaging/voi.py" />
            <source>The window of the header has the negative width {0}; {1} is used.</source>
            <translation>文件头的窗宽为负值 {0}；已用 {1}。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/imaging/voi.py" />
            <source>The window of the header has the width {0} below 1; exact limits are used.</source>
            <translation>文件头的窗宽 {0} 小于 1；已用精确界限。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/codecs.py" />
            <source>The {0} stream does not say how large its picture is.</source>
            <translation>{0} 数据流没有说明图像大小。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/codecs.py" />
            <source>The {0} stream is cut short.</source>
            <translation>{0} 数据流不完整。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/codecs.py" />
            <source>The {0} stream is damaged ({1}).</source>
            <translation>{0} 数据流损坏（{1}）。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/device.py" />
            <source>There are: auto, cpu, cuda.</source>
            <translation>可选：auto、cpu、cuda。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/device.py" />
            <source>There are: auto, float32, bfloat16.</source>
            <translation>可选：auto、float32、bfloat16。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/networks/torchvision_baseline.py" />
            <source>There are: {0}.</source>
            <translation>可选：{0}。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/imaging/colormaps.py" />
            <source>There is no colour map "{0}".</source>
            <translation>没有配色“{0}”。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/device.py" />
            <source>There is no device called {0}.</source>
            <translation>没有名为 {0} 的设备。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/device.py" />
            <source>There is no precision called {0}.</source>
            <translation>没有名为 {0} 的精度。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/imaging/colormaps.py" />
            <source>There is no signed colour map "{0}".</source>
            <translation>没有双向配色“{0}”。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/writing.py" />
            <source>These HU do not fit 12 bits.</source>
            <translation>这些 HU 超出 12 位。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/notes.py" />
            <source>These images were computed from others (DERIVED) - values may have been changed - compare with the originals.</source>
            <translation>这些图像由其他图像计算得到（DERIVED） - 数值可能已改变 - 请与原图对照。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/workspace/reader_store.py" />
            <source>They are kept in memory until the program ends: export them.</source>
            <translation>它们在程序结束前保存在内存中：请导出。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/workspace/reader_store.py" />
            <source>They are kept in memory until the program ends: export them; see that the disk is not full.</source>
            <translation>它们在程序结束前保存在内存中：请导出，并检查磁盘是否已满。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/workspace/reader_store.py" />
            <source>They are neither read nor changed: use that version.</source>
            <translation>它们既未读取也未更改：请用那个版本。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/gate.py" />
            <source>Thick slices ({0} mm).</source>
            <translation>层面较厚（{0} mm）。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/device.py" />
            <source>This PyTorch is built for the processor alone.</source>
            <translation>此 PyTorch 仅支持处理器。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/scan.py" />
            <source>This cannot be opened ({0}).</source>
            <translation>无法打开（{0}）。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/objects/documents.py" />
            <source>This document has more than {0} MB. It was not opened.</source>
            <translation>该文档超过 {0} MB，没有打开。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/objects/documents.py" />
            <source>This document is damaged and cannot be drawn.</source>
            <translation>该文档损坏，无法绘制。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/objects/documents.py" />
            <source>This document is too large to be drawn. It is not shown.</source>
            <translation>该文档太大，无法绘制，不予显示。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/objects/documents.py" />
            <source>This document took more than {0} s to draw. It is not shown.</source>
            <translation>该文档绘制超过 {0} 秒，不予显示。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/archive.py" />
            <source>This entry is a link or a device; such are not opened.</source>
            <translation>该条目是链接或设备，不予打开。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/archive.py" />
            <source>This entry is damaged.</source>
            <translation>该条目损坏。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/archive.py" />
            <source>This entry is packed in a way that cannot be read.</source>
            <translation>该条目的压缩方式无法读取。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/guard.py" />
            <source>This file declares more data than it holds (pixel data of {0}, {1} are there). It was not opened.</source>
            <translation>文件声明的数据多于实际（像素数据 {0}，实有 {1}）。文件没有打开。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/reading.py" />
            <source>This file holds no DICOM data set.</source>
            <translation>该文件不含 DICOM 数据集。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/reading.py" />
            <source>This file holds no image and does not say what it is.</source>
            <translation>该文件不含图像，也没有说明它是什么。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/reading.py" />
            <source>This file is cut short, or declares more data than it holds. It was not opened.</source>
            <translation>该文件不完整，或声明的数据多于实际。文件没有打开。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/reading.py" />
            <source>This file needs more memory than there is. It was not opened.</source>
            <translation>该文件需要的内存超过现有内存。文件没有打开。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/reading.py" />
            <source>This file nests sequences more than {0} deep. It was not opened.</source>
            <translation>该文件的序列嵌套超过 {0} 层。文件没有打开。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/scan.py" />
            <source>This file or folder was not found.</source>
            <translation>没有找到该文件或文件夹。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/device.py" />
            <source>This graphics card ({0}.{1}) does not fit the installed CUDA kernels. Using the processor.</source>
            <translation>该显卡（{0}.{1}）与已安装的 CUDA 内核不符。改用处理器。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/device.py" />
            <source>This graphics card has no bfloat16; float32 is used.</source>
            <translation>该显卡不支持 bfloat16；已用 float32。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/reading.py" />
            <source>This image file holds no pixel data.</source>
            <translation>该图像文件不含像素数据。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/scan.py" />
            <source>This is a link; links are not followed.</source>
            <translation>这是链接；不跟随链接。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/notes.py" />
            <source>This is a localizer (scout view) - it was kept out of the other slices - no network judges it.</source>
            <translation>这是定位像 - 已与其他层面分开 - 没有网络对其判读。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/pictures.py" />
            <source>This is a picture, not a DICOM image - its values are grey levels without Hounsfield units, millimetres are unknown - lengths are in pixels, and networks answer with caution only.</source>
            <translation>这是普通图片，不是 DICOM 图像 - 其数值是灰度，没有亨氏单位，毫米（mm）未知 - 长度以像素计，网络的结果仅供参考。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/archive.py" />
            <source>This is an archive inside the archive; such are not opened.</source>
            <translation>这是压缩包中的压缩包，不予打开。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/reading.py" />
            <source>This is no DICOM file but {0}.</source>
            <translation>这不是 DICOM 文件，而是 {0}。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/reading.py" />
            <source>This is no DICOM file.</source>
            <translation>这不是 DICOM 文件。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/imaging/own_colormaps.py" />
            <source>This is no TOML: {0}.</source>
            <translation>不是 TOML：{0}。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/workspace/own_settings.py" />
            <source>This is no file of settings of this program.</source>
            <translation>这不是本程序的设置文件。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/scan.py" />
            <source>This is no regular file (a pipe, a socket or a device).</source>
            <translation>这不是普通文件（管道、套接字或设备）。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/guard.py" />
            <source>This is no regular file.</source>
            <translation>这不是普通文件。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/reading.py" />
            <source>This is the index of a disc (DICOMDIR), not an image.</source>
            <translation>这是光盘目录（DICOMDIR），不是图像。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/study.py" />
            <source>This is {0}; it holds no image that can be shown.</source>
            <translation>这是 {0}；不含可显示的图像。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/explain/cam.py" />
            <source>This network has no closed form for its maps.</source>
            <translation>该网络的热图没有闭式解。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/objects/source.py" />
            <source>This object draws more than {0} numbers. It was not opened.</source>
            <translation>该对象绘制的数值超过 {0} 个，没有打开。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/objects/source.py" />
            <source>This object has more than {0} MB. It was not opened.</source>
            <translation>该对象超过 {0} MB，没有打开。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/objects/documents.py" />
            <source>This object holds no document.</source>
            <translation>该对象不含文档。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/objects/source.py" />
            <source>This object is cut short, or declares more data than it holds. It was not opened.</source>
            <translation>该对象不完整，或声明的数据多于实际，没有打开。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/objects/source.py" />
            <source>This object is damaged and cannot be read.</source>
            <translation>该对象损坏，无法读取。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/objects/source.py" />
            <source>This object needs more memory than there is. It was not opened.</source>
            <translation>该对象需要的内存超过现有内存，没有打开。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/objects/source.py" />
            <source>This object nests its sequences too deeply. It was not opened.</source>
            <translation>该对象的序列嵌套过深，没有打开。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/objects/maps.py" />
            <source>This parametric map holds no pixels.</source>
            <translation>该参数图不含像素。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/objects/maps.py" />
            <source>This parametric map is too large for memory. It was not opened.</source>
            <translation>该参数图太大，内存不足，没有打开。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/objects/presentations.py" />
            <source>This presentation state draws more than {0} points.</source>
            <translation>该显示状态绘制的点超过 {0} 个。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/device.py" />
            <source>This processor has no bfloat16; float32 is used.</source>
            <translation>该处理器不支持 bfloat16；已用 float32。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/objects/reports.py" />
            <source>This report draws more than {0} points. It was not opened.</source>
            <translation>该报告绘制的点超过 {0} 个，没有打开。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/objects/reports.py" />
            <source>This report has more than {0} items. It was not opened.</source>
            <translation>该报告的条目超过 {0} 个，没有打开。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/objects/reports.py" />
            <source>This report nests its items more than {0} deep. It was not opened.</source>
            <translation>该报告的条目嵌套超过 {0} 层，没有打开。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/objects/segmentation.py" />
            <source>This segmentation has coloured pixels.</source>
            <translation>该分割含彩色像素。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/objects/segmentation.py" />
            <source>This segmentation has {0} planes. It was not opened.</source>
            <translation>该分割有 {0} 个平面，没有打开。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/objects/segmentation.py" />
            <source>This segmentation holds no pixels.</source>
            <translation>该分割不含像素。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/objects/segmentation.py" />
            <source>This segmentation is too large for memory. It was not opened.</source>
            <translation>该分割太大，内存不足，没有打开。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/grouping.py" />
            <source>This series holds {0} acquisitions of the same region - they were separated by {1} into {2} stacks - choose the one that is meant.</source>
            <translation>该序列含同一区域的 {0} 次采集 - 已按 {1} 分为 {2} 组 - 请选择需要的一组。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/study.py" />
            <source>This series needs {0} MB of memory, more than there is.</source>
            <translation>该序列需要 {0} MB 内存，超过现有内存。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/workspace/memory.py" />
            <source>This series needs {0} MB, more than memory and the cache folder's disk have room for.</source>
            <translation>该序列需要 {0} MB，超过内存和缓存磁盘的余量。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/objects/structures.py" />
            <source>This structure set has more than {0} points. It was not opened.</source>
            <translation>该结构集的点超过 {0} 个，没有打开。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/networks/torchvision_baseline.py" />
            <source>This torchvision model needs more than its last map for its classes: no head can be cut off.</source>
            <translation>该 torchvision 模型的分类不只依赖最后的特征图：不能拆出分类头。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/registry.py" />
            <source>This version of the program knows no network {0}.</source>
            <translation>本版程序不认识网络 {0}。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/errors.py" />
            <source>Too large</source>
            <translation>过大</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/objects/documents.py" />
            <source>Too large a page.</source>
            <translation>页面过大。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/gate.py" />
            <source>Too little lung in this slice.</source>
            <translation>该层的肺部太少。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/objects/documents.py" />
            <source>Too many pages.</source>
            <translation>页数过多。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/manifest.py" />
            <source>Two networks in manifest.toml have the same id.</source>
            <translation>manifest.toml 中有两个网络的 id 相同。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/errors.py" />
            <source>Unsafe path</source>
            <translation>不安全的路径</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/gate.py" />
            <source>Unusual field of view ({0} mm).</source>
            <translation>视野异常（{0} mm）。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/explain/cam.py" />
            <source>Use the method gradcam.</source>
            <translation>请使用方法 gradcam。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/documents.py" />
            <source>Waveform</source>
            <translation>波形</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/device.py" />
            <source>Without OpenVINO the processor computes in float32.</source>
            <translation>没有 OpenVINO 时处理器以 float32 计算。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/errors.py" />
            <source>Wrong call</source>
            <translation>调用错误</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/native.py" />
            <source>YBR_FULL_422 of this depth or odd width cannot be shown.</source>
            <translation>此位深或奇数宽度的 YBR_FULL_422 无法显示。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/workspace/reader_store.py" />
            <source>Your measurements could not be read or written.</source>
            <translation>您的测量无法读取或写入。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/workspace/reader_store.py" />
            <source>Your measurements were written by a newer version of this program.</source>
            <translation>您的测量由本程序的更新版本写入。</translation>
        </message>
        <message>
            <location filename="../../tools/i18n.py" />
            <source>a BMP picture</source>
            <translation>BMP 图片</translation>
        </message>
        <message>
            <location filename="../../tools/i18n.py" />
            <source>a CT slice</source>
            <translation>CT 层面</translation>
        </message>
        <message>
            <location filename="../../tools/i18n.py" />
            <source>a GIF picture</source>
            <translation>GIF 图片</translation>
        </message>
        <message>
            <location filename="../../tools/i18n.py" />
            <source>a JPEG picture, whose name should end in .jpg</source>
            <translation>JPEG 图片，文件名应以 .jpg 结尾</translation>
        </message>
        <message>
            <location filename="../../tools/i18n.py" />
            <source>a NIfTI volume</source>
            <translation>NIfTI 体数据</translation>
        </message>
        <message>
            <location filename="../../tools/i18n.py" />
            <source>a PDF document</source>
            <translation>PDF 文档</translation>
        </message>
        <message>
            <location filename="../../tools/i18n.py" />
            <source>a PNG picture, whose name should end in .png</source>
            <translation>PNG 图片，文件名应以 .png 结尾</translation>
        </message>
        <message>
            <location filename="../../tools/i18n.py" />
            <source>a TIFF picture, whose name should end in .tif</source>
            <translation>TIFF 图片，文件名应以 .tif 结尾</translation>
        </message>
        <message>
            <location filename="../../tools/i18n.py" />
            <source>a ZIP archive (open it by itself) or an office document</source>
            <translation>ZIP 压缩包（请单独打开）或办公文档</translation>
        </message>
        <message>
            <location filename="../../tools/i18n.py" />
            <source>a chest film</source>
            <translation>胸片</translation>
        </message>
        <message>
            <location filename="../../tools/i18n.py" />
            <source>a gzip archive; unpack it first</source>
            <translation>gzip 压缩包，请先解压</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/geometry.py" />
            <source>a single image</source>
            <translation>单幅图像</translation>
        </message>
        <message>
            <location filename="../../tools/i18n.py" />
            <source>an HTML or XML page</source>
            <translation>HTML 或 XML 页面</translation>
        </message>
        <message>
            <location filename="../../tools/i18n.py" />
            <source>an archive of another kind than ZIP; unpack it first</source>
            <translation>非 ZIP 压缩包，请先解压</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/geometry.py" />
            <source>by file name, as positions and instance numbers are missing</source>
            <translation>按文件名（缺少位置和图像编号）</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/geometry.py" />
            <source>by frame number inside the file</source>
            <translation>按文件内的帧号</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/geometry.py" />
            <source>by instance number, as positions are missing</source>
            <translation>按图像编号（缺少位置）</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/geometry.py" />
            <source>by position along the slice normal</source>
            <translation>按沿层面法线的位置</translation>
        </message>
        <message>
            <location filename="../../tools/i18n.py" />
            <source>chest CT</source>
            <translation>胸部 CT</translation>
        </message>
        <message>
            <location filename="../../tools/i18n.py" />
            <source>chest films</source>
            <translation>胸片</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/syntaxes.py" />
            <source>deflated explicit little endian</source>
            <translation>压缩的显式小端</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/syntaxes.py" />
            <source>explicit big endian</source>
            <translation>显式大端</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/syntaxes.py" />
            <source>explicit little endian</source>
            <translation>显式小端</translation>
        </message>
        <message>
            <location filename="../../weights/manifest.toml" />
            <source>highest Youden index on validation, each source weighted alike</source>
            <translation>验证集上 Youden 指数最高，各来源权重相同</translation>
        </message>
        <message>
            <location filename="../../covidviewer/workspace/protocols.py" />
            <source>id has to be of letters, digits and underscores.</source>
            <translation>id 只能由字母、数字和下划线组成。</translation>
        </message>
        <message>
            <location filename="../../tools/i18n.py" />
            <source>image is</source>
            <translation>幅图像</translation>
        </message>
        <message>
            <location filename="../../tools/i18n.py" />
            <source>image was</source>
            <translation>幅图像</translation>
        </message>
        <message>
            <location filename="../../tools/i18n.py" />
            <source>images are</source>
            <translation>幅图像</translation>
        </message>
        <message>
            <location filename="../../tools/i18n.py" />
            <source>images were</source>
            <translation>幅图像</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/syntaxes.py" />
            <source>implicit little endian</source>
            <translation>隐式小端</translation>
        </message>
        <message>
            <location filename="../../covidviewer/workspace/protocols.py" />
            <source>layout {0} has {1} tiles, the file describes {2}.</source>
            <translation>布局 {0} 有 {1} 格，文件描述了 {2} 格。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/workspace/protocols.py" />
            <source>match has to be a table.</source>
            <translation>match 必须是表。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/scoring.py" />
            <source>mean of the {0} of {1} with the highest probability of {2} (top {3}, at least {4}); not calibrated for a whole series</source>
            <translation>{1}中 {2} 概率最高的 {0} 层的均值（前 {3}，至少 {4} 层）；未对整个序列校准</translation>
        </message>
        <message>
            <location filename="../../tools/i18n.py" />
            <source>slice is</source>
            <translation>层</translation>
        </message>
        <message>
            <location filename="../../tools/i18n.py" />
            <source>slices are</source>
            <translation>层</translation>
        </message>
        <message>
            <location filename="../../covidviewer/imaging/own_colormaps.py" />
            <source>stops must be a list of 2 to {0} colours.</source>
            <translation>stops 须为 2 至 {0} 个颜色的列表。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/networks/torchvision_import.py" />
            <source>torchvision cannot be loaded here, not even without its compiled operators.</source>
            <translation>torchvision 无法在此加载，不带其编译算子也不行。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/networks/torchvision_import.py" />
            <source>torchvision cannot be loaded here.</source>
            <translation>torchvision 无法在此加载。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/networks/torchvision_baseline.py" />
            <source>torchvision has no classifier {0}.</source>
            <translation>torchvision 没有分类网络 {0}。</translation>
        </message>
        <message>
            <location filename="../../tools/i18n.py" />
            <source>uneven slice spacing</source>
            <translation>层间距不等</translation>
        </message>
        <message>
            <location filename="../../tools/i18n.py" />
            <source>uneven slice spacing ({0})</source>
            <translation>层间距不等（{0}）</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/device.py" />
            <source>{0} Continuing with smaller batches.</source>
            <translation>{0}改用较小的批次继续。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/imaging/memory.py" />
            <source>{0} MB</source>
            <translation>{0} MB</translation>
        </message>
        <message>
            <location filename="../../tools/i18n.py" />
            <source>{0} and {1} more</source>
            <translation>{0}，另有 {1} 处</translation>
        </message>
        <message>
            <location filename="../../covidviewer/workspace/protocols.py" />
            <source>{0} cannot be read: {1}</source>
            <translation>{0} 无法读取：{1}</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/objects/structures.py" />
            <source>{0} contours are damaged and not drawn.</source>
            <translation>{0} 个轮廓损坏，未绘制。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/enlarging.py" />
            <source>{0} could not be written.</source>
            <translation>{0} 无法写入。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/study.py" />
            <source>{0} does not exist.</source>
            <translation>{0} 不存在。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/enlarging.py" />
            <source>{0} does not fit the enlarger.</source>
            <translation>{0} 与放大网络不符。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/loading.py" />
            <source>{0} does not fit the network {1}.</source>
            <translation>{0} 与网络 {1} 不符。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/scoring.py" />
            <source>{0} evaluated slices</source>
            <translation>{0} 个已评估层面</translation>
        </message>
        <message>
            <location filename="../../covidviewer/workspace/protocols.py" />
            <source>{0} has an entry “{1}” that means nothing.</source>
            <translation>{0} 含有无意义的条目“{1}”。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/engines/torch_engine.py" />
            <source>{0} has no closed form for its maps.</source>
            <translation>{0} 的热图没有闭式解。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/workspace/protocols.py" />
            <source>{0} has to be a list of texts.</source>
            <translation>{0} 必须是文本列表。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/workspace/protocols.py" />
            <source>{0} has to be a table.</source>
            <translation>{0} 必须是表。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/workspace/protocols.py" />
            <source>{0} has to be a text.</source>
            <translation>{0} 必须是文本。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/workspace/protocols.py" />
            <source>{0} has to be a whole number.</source>
            <translation>{0} 必须是整数。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/workspace/protocols.py" />
            <source>{0} has to be true or false.</source>
            <translation>{0} 必须是 true 或 false。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/grouping.py" />
            <source>{0} images share a position with another of different pixels - all are shown, one after the other - nothing tells which is meant.</source>
            <translation>{0} 幅图像与另一幅位置相同但像素不同 - 全部依次显示 - 无法判断应取哪一幅。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/loading.py" />
            <source>{0} is no readable safetensors file.</source>
            <translation>{0} 不是可读取的 safetensors 文件。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/workspace/protocols.py" />
            <source>{0} is no regular expression: {1}.</source>
            <translation>{0} 不是正则表达式：{1}。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/workspace/protocols.py" />
            <source>{0} is too large for a hanging protocol.</source>
            <translation>{0} 作为挂片方案太大。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/pictures.py" />
            <source>{0} pages of another size are not shown.</source>
            <translation>{0} 页大小不同，未显示。</translation>
        </message>
        <message>
            <location filename="../../tools/i18n.py" />
            <source>{0} slice is missing</source>
            <translation>缺少 {0} 层</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/scoring.py" />
            <source>{0} slices (of {1} evaluated) with at least {2} of the largest lung area</source>
            <translation>肺面积不小于最大值 {2} 的 {0} 层（共评估 {1} 层）</translation>
        </message>
        <message>
            <location filename="../../tools/i18n.py" />
            <source>{0} slices are missing</source>
            <translation>缺少 {0} 层</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/grouping.py" />
            <source>{0} {1} given twice (same place, same pixels) - each is shown once - the list of what was left out names the others.</source>
            <translation>有 {0} {1} 重复给出（位置相同、像素相同） - 各显示一次 - 其余见未显示文件列表。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/geometry.py" />
            <source>{0} {1} missing (at {2} mm) - positions across the gap are right, nothing was filled in - look for the missing images.</source>
            <translation>缺少 {0} {1}（在 {2} mm 处） - 缺层两侧位置正确，没有填补 - 请查找缺少的图像。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/workspace/protocols.py" />
            <source>{0}: like has to name a tile before it.</source>
            <translation>{0}：like 必须指向前面的格。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/workspace/protocols.py" />
            <source>{0}: plane is “{1}”, but can only be {2}.</source>
            <translation>{0}：plane 为“{1}”，但只能是 {2}。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/workspace/protocols.py" />
            <source>{0}: series is “{1}”, but can only be {2}.</source>
            <translation>{0}：series 为“{1}”，但只能是 {2}。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/inference/gate.py" />
            <source>{0}: slice scores only.</source>
            <translation>{0}：仅单层评分。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/workspace/protocols.py" />
            <source>{0}: there is no window “{1}”.</source>
            <translation>{0}：没有窗“{1}”。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/dicom/grouping.py" />
            <source>{0}; phases apart by {1}</source>
            <translation>{0}；按 {1} 分期相</translation>
        </message>
    </context>
    <context>
        <name>SeriesInfo</name>
        <message>
            <location filename="../../covidviewer/ui/series_info.py" />
            <source>Between slices</source>
            <translation>层间距离</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/series_info.py" />
            <source>Doubles</source>
            <translation>重复</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/series_info.py" />
            <source>Encoding</source>
            <translation>编码</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/series_info.py" />
            <source>Encoding: {name}</source>
            <translation>编码：{name}</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/series_info.py" />
            <source>Frame of reference</source>
            <translation>参考坐标系</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/series_info.py" />
            <source>From</source>
            <translation>来源</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/series_info.py" />
            <source>Function</source>
            <translation>函数</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/series_info.py" />
            <source>Gantry tilt</source>
            <translation>机架倾斜</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/series_info.py" />
            <source>Gaps</source>
            <translation>缺层</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/series_info.py" />
            <source>Images</source>
            <translation>图像</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/series_info.py" />
            <source>In the header</source>
            <translation>文件头中</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/series_info.py" />
            <source>Matrix</source>
            <translation>矩阵</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/series_info.py" />
            <source>No series is shown</source>
            <translation>没有显示序列</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/series_info.py" />
            <source>Notes</source>
            <translation>说明</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/series_info.py" />
            <source>Now</source>
            <translation>当前</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/series_info.py" />
            <source>Order and place</source>
            <translation>排序与位置</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/series_info.py" />
            <source>Order: {rule}</source>
            <translation>排序：{rule}</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/series_info.py" />
            <source>Pixels</source>
            <translation>像素</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/series_info.py" />
            <source>Plane</source>
            <translation>平面</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/series_info.py" />
            <source>Rescale</source>
            <translation>重定标</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/series_info.py" />
            <source>Slice thickness</source>
            <translation>层厚</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/series_info.py" />
            <source>Sorted by</source>
            <translation>排序依据</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/series_info.py" />
            <source>Spacing</source>
            <translation>间距</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/series_info.py" />
            <source>Spacing: {spacing}</source>
            <translation>间距：{spacing}</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/series_info.py" />
            <source>Split off from the same series</source>
            <translation>从同一序列中分出</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/series_info.py" />
            <source>VOI LUT of the header</source>
            <translation>文件头的 VOI LUT</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/series_info.py" />
            <source>Values</source>
            <translation>数值</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/series_info.py" />
            <source>Window</source>
            <translation>窗宽/窗位</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/series_info.py" />
            <source>after image {n}: {distance:.3g} mm</source>
            <translation>图像 {n} 之后：{distance:.3g} mm</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/series_info.py" />
            <source>another acquisition</source>
            <translation>另一次采集</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/series_info.py" />
            <source>another frame of reference</source>
            <translation>另一参考坐标系</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/series_info.py" />
            <source>another image type</source>
            <translation>另一图像类型</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/series_info.py" />
            <source>another kind of object</source>
            <translation>另一种对象</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/series_info.py" />
            <source>another matrix</source>
            <translation>另一矩阵</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/series_info.py" />
            <source>another orientation</source>
            <translation>另一方向</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/series_info.py" />
            <source>as found</source>
            <translation>按发现顺序</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/series_info.py" />
            <source>as stored</source>
            <translation>按存储值</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/series_info.py" />
            <source>at the detector, not in the body</source>
            <translation>探测器平面，不是体内</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/series_info.py" />
            <source>axial</source>
            <translation>横断位</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/series_info.py" />
            <source>colour beside grey</source>
            <translation>彩色与灰度并存</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/series_info.py" />
            <source>coronal</source>
            <translation>冠状位</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/series_info.py" />
            <source>header of this image, {n} of {all}</source>
            <translation>本图像的文件头，第 {n} 个，共 {all} 个</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/series_info.py" />
            <source>made from the values of the image</source>
            <translation>由图像数值计算</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/series_info.py" />
            <source>none</source>
            <translation>无</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/series_info.py" />
            <source>none that can be used</source>
            <translation>没有可用的</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/series_info.py" />
            <source>none: nothing is laid over it by position</source>
            <translation>无：不按位置叠加任何内容</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/series_info.py" />
            <source>oblique</source>
            <translation>斜位</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/series_info.py" />
            <source>on {n} of {all} images</source>
            <translation>{all} 幅图像中 {n} 幅有</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/series_info.py" />
            <source>one of them is a localizer</source>
            <translation>其中之一为定位像</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/series_info.py" />
            <source>preset “{name}”</source>
            <translation>预设“{name}”</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/series_info.py" />
            <source>rows {row:.4g} mm, columns {column:.4g} mm</source>
            <translation>行 {row:.4g} mm，列 {column:.4g} mm</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/series_info.py" />
            <source>sagittal</source>
            <translation>矢状位</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/series_info.py" />
            <source>set by hand, or by a presentation state</source>
            <translation>手动设定，或由显示状态设定</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/series_info.py" />
            <source>several images at each place: phases</source>
            <translation>同一位置有多幅图像：多期相</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/series_info.py" />
            <source>signed</source>
            <translation>有符号</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/series_info.py" />
            <source>slices {mm:.4g} mm</source>
            <translation>层面 {mm:.4g} mm</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/series_info.py" />
            <source>unknown: lengths are in pixels</source>
            <translation>未知：长度以像素计</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/series_info.py" />
            <source>unsigned</source>
            <translation>无符号</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/series_info.py" />
            <source>{images} in {files} files</source>
            <translation>{images} 幅图像，{files} 个文件</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/series_info.py" />
            <source>{n} different ones; each image by its own</source>
            <translation>{n} 种不同的值；各图像用自己的值</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/series_info.py" />
            <source>{n} images at the place of another</source>
            <translation>{n} 幅图像与其他图像位置相同</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/series_info.py" />
            <source>{n} images: {why}</source>
            <translation>{n} 幅图像：{why}</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/series_info.py" />
            <source>{n} more</source>
            <translation>另有 {n} 项</translation>
        </message>
    </context>
    <context>
        <name>SeriesInfoDialog</name>
        <message>
            <location filename="../../covidviewer/ui/series_info.py" />
            <source>Close</source>
            <translation>关闭</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/series_info.py" />
            <source>Copy</source>
            <translation>复制</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/series_info.py" />
            <source>Series information</source>
            <translation>序列信息</translation>
        </message>
    </context>
    <context>
        <name>SeriesMenu</name>
        <message>
            <location filename="../../covidviewer/ui/series_menu.py" />
            <source>Show as axial</source>
            <translation>显示为横断位</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/series_menu.py" />
            <source>Show as coronal</source>
            <translation>显示为冠状位</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/series_menu.py" />
            <source>Show as sagittal</source>
            <translation>显示为矢状位</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/series_menu.py" />
            <source>Show the images</source>
            <translation>显示原图像</translation>
        </message>
    </context>
    <context>
        <name>SettingsDialog</name>
        <message>
            <location filename="../../covidviewer/ui/settings_dialog.py" />
            <source>Appearance</source>
            <translation>外观</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings_dialog.py" />
            <source>Cine speed</source>
            <translation>电影播放速度</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings_dialog.py" />
            <source>Close</source>
            <translation>关闭</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings_dialog.py" />
            <source>Colours</source>
            <translation>颜色</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings_dialog.py" />
            <source>Colours of the map</source>
            <translation>热图配色</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings_dialog.py" />
            <source>Corner texts</source>
            <translation>四角文字</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings_dialog.py" />
            <source>Display</source>
            <translation>显示</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings_dialog.py" />
            <source>Export settings</source>
            <translation>导出设置</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings_dialog.py" />
            <source>Export settings…</source>
            <translation>导出设置…</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings_dialog.py" />
            <source>Form of the map</source>
            <translation>热图形式</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings_dialog.py" />
            <source>Hang studies by protocol</source>
            <translation>按挂片方案排列检查</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings_dialog.py" />
            <source>Hanging</source>
            <translation>挂片</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings_dialog.py" />
            <source>Hide identity (names, IDs, dates of birth)</source>
            <translation>隐藏身份（姓名、ID、出生日期）</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings_dialog.py" />
            <source>Import settings</source>
            <translation>导入设置</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings_dialog.py" />
            <source>Import settings…</source>
            <translation>导入设置…</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings_dialog.py" />
            <source>JSON (*.json)</source>
            <translation>JSON (*.json)</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings_dialog.py" />
            <source>Keys</source>
            <translation>按键</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings_dialog.py" />
            <source>Mouse</source>
            <translation>鼠标</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings_dialog.py" />
            <source>Pages of the settings</source>
            <translation>设置页面</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings_dialog.py" />
            <source>Privacy</source>
            <translation>隐私</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings_dialog.py" />
            <source>Reference lines of other tiles</source>
            <translation>其他格的定位线</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings_dialog.py" />
            <source>Remember the studies and places that I open</source>
            <translation>记住我打开的检查和位置</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings_dialog.py" />
            <source>Second reading</source>
            <translation>第二阅片</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings_dialog.py" />
            <source>Settings</source>
            <translation>设置</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings_dialog.py" />
            <source>Settings exported.</source>
            <translation>设置已导出。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings_dialog.py" />
            <source>Settings imported.</source>
            <translation>设置已导入。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings_dialog.py" />
            <source>Smooth enlarged images</source>
            <translation>放大时平滑图像</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings_dialog.py" />
            <source>Start when a series is shown</source>
            <translation>显示序列时开始</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings_dialog.py" />
            <source>Turning the second off forgets the study list and the recent places at once.</source>
            <translation>关闭第二项会立即清除检查列表和最近位置。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings_dialog.py" />
            <source>Windows</source>
            <translation>窗</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings_dialog.py" />
            <source>all</source>
            <translation>全部</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings_dialog.py" />
            <source>blocks</source>
            <translation>块</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings_dialog.py" />
            <source>contour</source>
            <translation>轮廓</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings_dialog.py" />
            <source>fill</source>
            <translation>填充</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings_dialog.py" />
            <source>minimal</source>
            <translation>精简</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings_dialog.py" />
            <source>none</source>
            <translation>无</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/settings_dialog.py" />
            <source>{n} images a second</source>
            <translation>每秒 {n} 幅</translation>
        </message>
    </context>
    <context>
        <name>ShownClass</name>
        <message>
            <location filename="../../covidviewer/ui/shown_class.py" />
            <source>above threshold</source>
            <translation>高于阈值</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/shown_class.py" />
            <source>below threshold</source>
            <translation>低于阈值</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/shown_class.py" />
            <source>near threshold, above</source>
            <translation>接近阈值，偏高</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/shown_class.py" />
            <source>near threshold, below</source>
            <translation>接近阈值，偏低</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/shown_class.py" />
            <source>no operating point</source>
            <translation>无工作点</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/shown_class.py" />
            <source>not evaluated</source>
            <translation>未评估</translation>
        </message>
    </context>
    <context>
        <name>SlabControl</name>
        <message>
            <location filename="../../covidviewer/ui/slab_control.py" />
            <source>Mean</source>
            <translation>平均</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/slab_control.py" />
            <source>Plane</source>
            <translation>平面</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/slab_control.py" />
            <source>Slab</source>
            <translation>厚层</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/slab_control.py" />
            <source>Thickness of the slab in millimetres</source>
            <translation>厚层的厚度（毫米，mm）</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/slab_control.py" />
            <source>What is seen through a slab: the largest, the smallest or the mean value</source>
            <translation>厚层的显示方式：最大、最小或平均值</translation>
        </message>
    </context>
    <context>
        <name>SliceBar</name>
        <message>
            <location filename="../../covidviewer/ui/slice_bar.py" />
            <source>Slices</source>
            <translation>层面</translation>
        </message>
    </context>
    <context>
        <name>StatusLine</name>
        <message>
            <location filename="../../covidviewer/ui/status_line.py" />
            <source> (+{n})</source>
            <translation>（+{n}）</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/status_line.py" />
            <source>Call this off</source>
            <translation>停止此任务</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/status_line.py" />
            <source>Device of the second reading</source>
            <translation>第二阅片的设备</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/status_line.py" />
            <source>Memory of this program</source>
            <translation>本程序占用的内存</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/status_line.py" />
            <source>Progress</source>
            <translation>进度</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/status_line.py" />
            <source>Value under the cursor</source>
            <translation>光标处的值</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/status_line.py" />
            <source>What is running</source>
            <translation>正在运行的任务</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/status_line.py" />
            <source>{n} MB</source>
            <translation>{n} MB</translation>
        </message>
    </context>
    <context>
        <name>StudyListDialog</name>
        <message>
            <location filename="../../covidviewer/ui/study_list_dialog.py" />
            <source>Close</source>
            <translation>关闭</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/study_list_dialog.py" />
            <source>Forget all</source>
            <translation>全部清除</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/study_list_dialog.py" />
            <source>No study in the list has all of these words.</source>
            <translation>列表中没有含全部这些词的检查。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/study_list_dialog.py" />
            <source>Nothing yet: what you open will be listed here.</source>
            <translation>暂无：您打开的检查会列在这里。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/study_list_dialog.py" />
            <source>Remember the studies and places that I open</source>
            <translation>记住我打开的检查和位置</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/study_list_dialog.py" />
            <source>Search the study list</source>
            <translation>搜索检查列表</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/study_list_dialog.py" />
            <source>Search: name, ID, date, modality, description</source>
            <translation>搜索：姓名、ID、日期、设备类型、描述</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/study_list_dialog.py" />
            <source>Studies of the places that you opened</source>
            <translation>您打开过的位置中的检查</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/study_list_dialog.py" />
            <source>Studies: {n}. A click opens, Delete takes off the list.</source>
            <translation>检查：{n}。单击打开，Delete 从列表移除。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/study_list_dialog.py" />
            <source>Study list</source>
            <translation>检查列表</translation>
        </message>
    </context>
    <context>
        <name>StudyModel</name>
        <message>
            <location filename="../../covidviewer/ui/study_tree.py" />
            <source>1 image</source>
            <translation>1 幅图像</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/study_list_dialog.py" />
            <source>Date</source>
            <translation>日期</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/study_list_dialog.py" />
            <source>Description</source>
            <translation>描述</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/study_list_dialog.py" />
            <source>ID</source>
            <translation>ID</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/study_list_dialog.py" />
            <source>Images</source>
            <translation>图像</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/study_list_dialog.py" />
            <source>Modality</source>
            <translation>设备类型</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/study_list_dialog.py" />
            <source>Name hidden</source>
            <translation>姓名已隐藏</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/study_tree.py" />
            <source>No date</source>
            <translation>无日期</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/study_tree.py" />
            <source>No description</source>
            <translation>无描述</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/study_tree.py" />
            <source>No name</source>
            <translation>无姓名</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/study_tree.py" />
            <source>Not an image</source>
            <translation>不是图像</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/study_list_dialog.py" />
            <source>Patient</source>
            <translation>患者</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/study_list_dialog.py" />
            <source>Place</source>
            <translation>位置</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/study_list_dialog.py" />
            <source>This place cannot be reached now. Delete takes it off the list.</source>
            <translation>现在无法访问该位置。按 Delete 从列表移除。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/study_list_dialog.py" />
            <source>hidden</source>
            <translation>已隐藏</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/study_list_dialog.py" />
            <source>missing: {place}</source>
            <translation>找不到：{place}</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/study_tree.py" />
            <source>{n} images</source>
            <translation>{n} 幅图像</translation>
        </message>
    </context>
    <context>
        <name>StudyTree</name>
        <message>
            <location filename="../../covidviewer/ui/study_tree.py" />
            <source>Cancel</source>
            <translation>取消</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/study_tree.py" />
            <source>Cancel the scan</source>
            <translation>取消扫描</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/study_tree.py" />
            <source>Looking for images…</source>
            <translation>正在查找图像…</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/study_tree.py" />
            <source>Nothing is open yet.</source>
            <translation>还没有打开内容。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/study_tree.py" />
            <source>Progress of the scan</source>
            <translation>扫描进度</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/study_tree.py" />
            <source>Show what was left out and why</source>
            <translation>显示哪些文件未显示及原因</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/study_tree.py" />
            <source>Studies and series</source>
            <translation>检查与序列</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/study_tree.py" />
            <source>{n} left out</source>
            <translation>{n} 个未显示</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/study_tree.py" />
            <source>{n} series</source>
            <translation>{n} 个序列</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/study_tree.py" />
            <source>{read} of {found} files read · {images} images</source>
            <translation>已读 {read} / {found} 个文件 · {images} 幅图像</translation>
        </message>
    </context>
    <context>
        <name>TagModel</name>
        <message>
            <location filename="../../covidviewer/ui/tags_panel.py" />
            <source>Name</source>
            <translation>名称</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/tags_panel.py" />
            <source>Number</source>
            <translation>编号</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/tags_panel.py" />
            <source>Value</source>
            <translation>值</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/tags_panel.py" />
            <source>hidden</source>
            <translation>已隐藏</translation>
        </message>
    </context>
    <context>
        <name>TagsPanel</name>
        <message>
            <location filename="../../covidviewer/ui/tags_panel.py" />
            <source>Copy row</source>
            <translation>复制行</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/tags_panel.py" />
            <source>Copy value</source>
            <translation>复制值</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/tags_panel.py" />
            <source>Elements of the file on screen</source>
            <translation>当前文件的元素</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/tags_panel.py" />
            <source>Name, number or value</source>
            <translation>名称、编号或值</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/tags_panel.py" />
            <source>Private</source>
            <translation>私有</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/tags_panel.py" />
            <source>Reading the header…</source>
            <translation>正在读取文件头…</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/tags_panel.py" />
            <source>Search elements by name, number or value</source>
            <translation>按名称、编号或值搜索元素</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/tags_panel.py" />
            <source>Show the elements of makers (odd groups) too</source>
            <translation>同时显示厂商私有元素（奇数组）</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/tags_panel.py" />
            <source>{n} elements</source>
            <translation>{n} 个元素</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/tags_panel.py" />
            <source>{n} elements; the rest of the file is not listed</source>
            <translation>{n} 个元素；文件其余部分未列出</translation>
        </message>
    </context>
    <context>
        <name>Viewport</name>
        <message>
            <location filename="../../covidviewer/ui/viewport.py" />
            <source>Viewport</source>
            <translation>视口</translation>
        </message>
    </context>
    <context>
        <name>Viewports</name>
        <message>
            <location filename="../../covidviewer/ui/viewports.py" />
            <source>Viewport</source>
            <translation>视口</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/viewports.py" />
            <source>Viewport {n} of {count}</source>
            <translation>视口 {n} / {count}</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/viewports.py" />
            <source>Viewports</source>
            <translation>视口</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/viewports.py" />
            <source>active</source>
            <translation>活动</translation>
        </message>
    </context>
    <context>
        <name>Weakness</name>
        <message>
            <location filename="../../covidviewer/ui/weakness.py" />
            <source>Weak: in its tests this network missed {share} of the {name} images (AUC {auc}). See the model card.</source>
            <translation>较弱：测试中该网络漏掉 {share} 的 {name} 图像（AUC {auc}）。见模型卡。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/weakness.py" />
            <source>Weak: in its tests this network reached an AUC of {auc} only. See the model card.</source>
            <translation>较弱：测试中该网络的 AUC 仅 {auc}。见模型卡。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/weakness.py" />
            <source>{low} to {high} %</source>
            <translation>{low} 至 {high} %</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/weakness.py" />
            <source>{set}: {n} images, AUC {auc}, sensitivity {sens}, specificity {spec}</source>
            <translation>{set}：{n} 幅图像，AUC {auc}，灵敏度 {sens}，特异度 {spec}</translation>
        </message>
    </context>
    <context>
        <name>Welcome</name>
        <message>
            <location filename="../../covidviewer/ui/welcome.py" />
            <source>Chest CT, read by you, with a second reading by a network beside it.</source>
            <translation>胸部 CT 由您阅片，网络在旁作第二阅片。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/welcome.py" />
            <source>Demo study</source>
            <translation>演示检查</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/welcome.py" />
            <source>Open file</source>
            <translation>打开文件</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/welcome.py" />
            <source>Open folder</source>
            <translation>打开文件夹</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/welcome.py" />
            <source>Open {name}</source>
            <translation>打开 {name}</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/welcome.py" />
            <source>Or drop a folder, DICOM files, a ZIP or a DICOMDIR anywhere on this window.</source>
            <translation>也可将文件夹、DICOM 文件、ZIP 或 DICOMDIR 拖到窗口任意处。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/welcome.py" />
            <source>Recent</source>
            <translation>最近打开</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/welcome.py" />
            <source>Research use only. Works offline: nothing leaves this computer.</source>
            <translation>仅供科研。离线工作：数据不离开本机。</translation>
        </message>
    </context>
    <context>
        <name>WordField</name>
        <message>
            <location filename="../../covidviewer/ui/measure/word_field.py" />
            <source>Words on the image</source>
            <translation>图像上的文字</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/measure/word_field.py" />
            <source>Write, then Enter</source>
            <translation>输入后按 Enter</translation>
        </message>
    </context>
    <context>
        <name>Workspace</name>
        <message>
            <location filename="../../covidviewer/workspace/workspace.py" />
            <source>Not an image</source>
            <translation>不是图像</translation>
        </message>
        <message>
            <location filename="../../covidviewer/workspace/workspace.py" />
            <source>“{name}” holds no image: {what}.</source>
            <translation>“{name}”不含图像：{what}。</translation>
        </message>
    </context>
    <context>
        <name>actions</name>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>&amp;Export</source>
            <translation>导出(&amp;E)</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>&amp;File</source>
            <translation>文件(&amp;F)</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>&amp;Go to</source>
            <translation>转到(&amp;G)</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>&amp;Help</source>
            <translation>帮助(&amp;H)</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>&amp;Image</source>
            <translation>图像(&amp;I)</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>&amp;Measure</source>
            <translation>测量(&amp;M)</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>&amp;Tiles</source>
            <translation>布局(&amp;T)</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>&amp;View</source>
            <translation>视图(&amp;V)</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>10 slices back</source>
            <translation>后退 10 层</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>10 slices on</source>
            <translation>前进 10 层</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>1:1, image pixel per screen pixel</source>
            <translation>1:1，图像像素对应屏幕像素</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>5 % of the stack back</source>
            <translation>后退全序列的 5 %</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>5 % of the stack on</source>
            <translation>前进全序列的 5 %</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>About covidviewer</source>
            <translation>关于 covidviewer</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Angle</source>
            <translation>角度</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Arrow</source>
            <translation>箭头</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Automatic</source>
            <translation>自动</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Axial, coronal, sagittal and a free plane</source>
            <translation>横断位、冠状位、矢状位和任意平面</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Bone</source>
            <translation>骨窗</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Brain</source>
            <translation>脑窗</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Cancel the run</source>
            <translation>取消运行</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Cine faster</source>
            <translation>电影播放加快</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Cine slower</source>
            <translation>电影播放减慢</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Cine: play or stop</source>
            <translation>电影播放：开始或停止</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Close all studies</source>
            <translation>关闭全部检查</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Cobb angle</source>
            <translation>Cobb 角</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Compare two methods side by side</source>
            <translation>并排比较两种方法</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Copy picture</source>
            <translation>复制图片</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Corner texts: all, minimal, none</source>
            <translation>四角文字：全部、精简、无</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Delete the selected measurement</source>
            <translation>删除所选测量</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Ellipse</source>
            <translation>椭圆</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Emphysema</source>
            <translation>肺气肿窗</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Explain this slice by the method chosen</source>
            <translation>用所选方法解释该层</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Export…</source>
            <translation>导出…</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Files left out…</source>
            <translation>未显示的文件…</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>First slice</source>
            <translation>第一层</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Fit</source>
            <translation>适合窗口</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Flip left to right</source>
            <translation>左右翻转</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Flip top to bottom</source>
            <translation>上下翻转</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Four</source>
            <translation>四格</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Freehand region</source>
            <translation>手绘区域</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Full screen</source>
            <translation>全屏</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Ground glass</source>
            <translation>磨玻璃窗</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Hang studies by protocol</source>
            <translation>按挂片方案排列检查</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Hang the study anew</source>
            <translation>重新挂片</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Header window (again: the next)</source>
            <translation>文件头窗（再按：下一个）</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Hide identity</source>
            <translation>隐藏身份</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Invert</source>
            <translation>反相</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Judge this slice: agree, disagree, unsure</source>
            <translation>评判本层：同意、不同意、不确定</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Key image</source>
            <translation>关键图像</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Keys and mouse</source>
            <translation>按键和鼠标</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Last slice</source>
            <translation>最后一层</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Length</source>
            <translation>长度</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Link tiles at their present slices</source>
            <translation>以当前层联动各格</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Linked window</source>
            <translation>联动窗宽窗位</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Linked zoom and pan</source>
            <translation>联动缩放和平移</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Lung</source>
            <translation>肺窗</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Lung, narrow</source>
            <translation>窄肺窗</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Map as contour, fill, blocks</source>
            <translation>热图：轮廓、填充、块</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Map threshold +0.05</source>
            <translation>热图阈值 +0.05</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Map threshold −0.05</source>
            <translation>热图阈值 −0.05</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Measure</source>
            <translation>测量</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Measurements</source>
            <translation>测量</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Measurements as CSV…</source>
            <translation>测量导出为 CSV…</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Measurements as JSON…</source>
            <translation>测量导出为 JSON…</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Mediastinum</source>
            <translation>纵隔窗</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Model card</source>
            <translation>模型卡</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Next run above threshold</source>
            <translation>下一段高于阈值的层面</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Next series</source>
            <translation>下一序列</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Next slice</source>
            <translation>下一层</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Next study</source>
            <translation>下一检查</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Next tile</source>
            <translation>下一格</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Note of this image</source>
            <translation>本图像的备注</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Objects of others</source>
            <translation>他人的对象</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>One large, three small</source>
            <translation>一大三小</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>One tile</source>
            <translation>单格</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Open file, ZIP or DICOMDIR…</source>
            <translation>打开文件、ZIP 或 DICOMDIR…</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Open folder…</source>
            <translation>打开文件夹…</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Open the demo study</source>
            <translation>打开演示检查</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Pan</source>
            <translation>平移</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Planes</source>
            <translation>重建平面</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Polyline (Enter or double click ends it)</source>
            <translation>折线（Enter 或双击结束）</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Previous run above threshold</source>
            <translation>上一段高于阈值的层面</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Previous series</source>
            <translation>上一序列</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Previous slice</source>
            <translation>上一层</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Previous study</source>
            <translation>上一检查</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Previous tile</source>
            <translation>上一格</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Print…</source>
            <translation>打印…</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Program</source>
            <translation>程序</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Quit</source>
            <translation>退出</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Rectangle</source>
            <translation>矩形</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Redo</source>
            <translation>重做</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Reference lines</source>
            <translation>定位线</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Reset the view</source>
            <translation>重置视图</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Rotate by 90°</source>
            <translation>旋转 90°</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Run, or run again</source>
            <translation>运行或重新运行</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Save film (GIF)…</source>
            <translation>保存动画（GIF）…</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Save picture…</source>
            <translation>保存图片…</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Scroll</source>
            <translation>翻层</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Second &amp;reading</source>
            <translation>第二阅片(&amp;R)</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Second reading</source>
            <translation>第二阅片</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Series information…</source>
            <translation>序列信息…</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Settings…</source>
            <translation>设置…</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Shared cursor</source>
            <translation>共享光标</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Show as axial</source>
            <translation>显示为横断位</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Show as coronal</source>
            <translation>显示为冠状位</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Show as sagittal</source>
            <translation>显示为矢状位</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Show the images as they are</source>
            <translation>按原样显示图像</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Show the map</source>
            <translation>显示热图</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Slab: plane, MIP, MinIP, mean</source>
            <translation>厚层：平面、MIP、MinIP、平均</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Slice with highest score</source>
            <translation>评分最高的层</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Slices and series</source>
            <translation>层面与序列</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Soft tissue, abdomen</source>
            <translation>软组织、腹部窗</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Studies</source>
            <translation>检查</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Study list…</source>
            <translation>检查列表…</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Tags of the file</source>
            <translation>文件的标签</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Text</source>
            <translation>文字</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Thicker slab</source>
            <translation>增加厚层厚度</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Thinner slab</source>
            <translation>减小厚层厚度</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Tile alone, or all again</source>
            <translation>单独放大此格，或恢复全部</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Tiles</source>
            <translation>布局</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Tip the plane backwards</source>
            <translation>平面后倾</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Tip the plane forwards</source>
            <translation>平面前倾</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Tools and view</source>
            <translation>工具与视图</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Turn the plane back</source>
            <translation>平面复位</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Turn the plane to the left</source>
            <translation>平面左转</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Turn the plane to the right</source>
            <translation>平面右转</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Two side by side</source>
            <translation>左右两格</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Two, one above the other</source>
            <translation>上下两格</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Undo</source>
            <translation>撤销</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Value at a point</source>
            <translation>单点值</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Window</source>
            <translation>窗宽/窗位</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Window / level</source>
            <translation>窗宽/窗位</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Window from a box, once</source>
            <translation>框选定窗，一次</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Zoom</source>
            <translation>缩放</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Zoom in</source>
            <translation>放大</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/actions.py" />
            <source>Zoom out</source>
            <translation>缩小</translation>
        </message>
    </context>
    <context>
        <name>help</name>
        <message>
            <location filename="../../covidviewer/ui/help_sheet.py" />
            <source>5 slices at a time</source>
            <translation>每次 5 层</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/help_sheet.py" />
            <source>Alt + wheel</source>
            <translation>Alt + 滚轮</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/help_sheet.py" />
            <source>Ctrl + double click</source>
            <translation>Ctrl + 双击</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/help_sheet.py" />
            <source>Ctrl + drag</source>
            <translation>Ctrl + 拖动</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/help_sheet.py" />
            <source>Ctrl + wheel</source>
            <translation>Ctrl + 滚轮</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/help_sheet.py" />
            <source>Double click</source>
            <translation>双击</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/help_sheet.py" />
            <source>Hold Space</source>
            <translation>按住空格键</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/help_sheet.py" />
            <source>Left click</source>
            <translation>左键单击</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/help_sheet.py" />
            <source>Left drag</source>
            <translation>左键拖动</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/help_sheet.py" />
            <source>Middle drag</source>
            <translation>中键拖动</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/help_sheet.py" />
            <source>Right click</source>
            <translation>右键单击</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/help_sheet.py" />
            <source>Right drag</source>
            <translation>右键拖动</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/help_sheet.py" />
            <source>Shift + left drag</source>
            <translation>Shift + 左键拖动</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/help_sheet.py" />
            <source>Shift + right drag</source>
            <translation>Shift + 右键拖动</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/help_sheet.py" />
            <source>Shift + wheel</source>
            <translation>Shift + 滚轮</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/help_sheet.py" />
            <source>Wheel</source>
            <translation>滚轮</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/help_sheet.py" />
            <source>menu</source>
            <translation>菜单</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/help_sheet.py" />
            <source>opacity of the map</source>
            <translation>热图不透明度</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/help_sheet.py" />
            <source>pan</source>
            <translation>平移</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/help_sheet.py" />
            <source>peek below the map</source>
            <translation>查看热图下方</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/help_sheet.py" />
            <source>scroll</source>
            <translation>滚动层面</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/help_sheet.py" />
            <source>slices</source>
            <translation>翻层</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/help_sheet.py" />
            <source>the same, finer</source>
            <translation>同上，更精细</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/help_sheet.py" />
            <source>this tile alone, and back</source>
            <translation>单独显示此格，再次则恢复</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/help_sheet.py" />
            <source>tool in hand</source>
            <translation>当前工具</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/help_sheet.py" />
            <source>window</source>
            <translation>调窗</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/help_sheet.py" />
            <source>window as at the start</source>
            <translation>恢复初始窗宽窗位</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/help_sheet.py" />
            <source>zoom about the point</source>
            <translation>以该点为中心缩放</translation>
        </message>
    </context>
    <context>
        <name>measure</name>
        <message>
            <location filename="../../covidviewer/ui/measure/words.py" />
            <source>Angle</source>
            <translation>角度</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/measure/words.py" />
            <source>Area {area}</source>
            <translation>面积 {area}</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/measure/words.py" />
            <source>Arrow</source>
            <translation>箭头</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/measure/words.py" />
            <source>Cobb angle</source>
            <translation>Cobb 角</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/measure/words.py" />
            <source>Corrected by the estimated radiographic magnification of the header.</source>
            <translation>已按文件头中估计的放大率校正。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/measure/words.py" />
            <source>Ellipse</source>
            <translation>椭圆</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/measure/words.py" />
            <source>Freehand</source>
            <translation>手绘</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/measure/words.py" />
            <source>Length</source>
            <translation>长度</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/measure/words.py" />
            <source>Mean {mean}  SD {sd} {unit}</source>
            <translation>均值 {mean}  SD {sd} {unit}</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/measure/words.py" />
            <source>Measured at the detector: the body is magnified by an unknown factor.</source>
            <translation>在探测器平面测量：体内放大率未知。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/measure/words.py" />
            <source>Min {least}  Max {greatest}  n {n}</source>
            <translation>最小 {least}  最大 {greatest}  n {n}</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/measure/words.py" />
            <source>Point</source>
            <translation>点</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/measure/words.py" />
            <source>Polyline</source>
            <translation>折线</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/measure/words.py" />
            <source>Rectangle</source>
            <translation>矩形</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/measure/words.py" />
            <source>Text</source>
            <translation>文字</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/measure/words.py" />
            <source>The image has no spacing: lengths are in pixels.</source>
            <translation>图像没有像素间距：长度以像素计。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/measure/words.py" />
            <source>The scales of ultrasound regions are not read: lengths are in pixels.</source>
            <translation>不读取超声区域的标尺：长度以像素计。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/measure/words.py" />
            <source>axial</source>
            <translation>轴位</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/measure/words.py" />
            <source>coronal</source>
            <translation>冠状位</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/measure/words.py" />
            <source>free plane</source>
            <translation>任意平面</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/measure/words.py" />
            <source>no angle</source>
            <translation>无角度</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/measure/words.py" />
            <source>no value</source>
            <translation>无值</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/measure/words.py" />
            <source>outline crosses itself</source>
            <translation>轮廓自相交</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/measure/words.py" />
            <source>own plane</source>
            <translation>原始平面</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/measure/words.py" />
            <source>sagittal</source>
            <translation>矢状位</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/measure/words.py" />
            <source>{unit} (estimated)</source>
            <translation>{unit}（估计）</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/measure/words.py" />
            <source>{unit} at detector</source>
            <translation>{unit}（探测器平面）</translation>
        </message>
    </context>
    <context>
        <name>model_card</name>
        <message>
            <location filename="../../covidviewer/ui/model_card.py" />
            <source>Classes</source>
            <translation>类别</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/model_card.py" />
            <source>External test</source>
            <translation>外部测试</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/model_card.py" />
            <source>Intended use</source>
            <translation>预期用途</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/model_card.py" />
            <source>Known failures</source>
            <translation>已知的失败情况</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/model_card.py" />
            <source>Licence</source>
            <translation>许可</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/model_card.py" />
            <source>Network</source>
            <translation>网络</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/model_card.py" />
            <source>The weight file {name} is missing.</source>
            <translation>缺少权重文件 {name}。</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/model_card.py" />
            <source>Threshold</source>
            <translation>阈值</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/model_card.py" />
            <source>Training data</source>
            <translation>训练数据</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/model_card.py" />
            <source>Version</source>
            <translation>版本</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/model_card.py" />
            <source>not reported</source>
            <translation>未报告</translation>
        </message>
    </context>
    <context>
        <name>open_dialogs</name>
        <message>
            <location filename="../../covidviewer/ui/open_dialogs.py" />
            <source>All files (*)</source>
            <translation>所有文件 (*)</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/open_dialogs.py" />
            <source>Archives (*.zip)</source>
            <translation>压缩包 (*.zip)</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/open_dialogs.py" />
            <source>DICOM (*.dcm *.dicom *.ima DICOMDIR)</source>
            <translation>DICOM (*.dcm *.dicom *.ima DICOMDIR)</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/open_dialogs.py" />
            <source>Open file, ZIP or DICOMDIR</source>
            <translation>打开文件、ZIP 或 DICOMDIR</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/open_dialogs.py" />
            <source>Open folder</source>
            <translation>打开文件夹</translation>
        </message>
        <message>
            <location filename="../../covidviewer/ui/open_dialogs.py" />
            <source>Pictures (*.png *.jpg *.jpeg *.tif *.tiff)</source>
            <translation>图片 (*.png *.jpg *.jpeg *.tif *.tiff)</translation>
        </message>
    </context>
    <context>
        <name>protocols</name>
        <message>
            <location filename="../../resources/protocols/ct_chest_prior.toml" />
            <source>Chest CT beside the earlier one</source>
            <translation>胸部 CT 与既往检查对照</translation>
        </message>
        <message>
            <location filename="../../resources/protocols/ct_chest.toml" />
            <source>Chest CT: lung and mediastinum</source>
            <translation>胸部 CT：肺窗与纵隔窗</translation>
        </message>
        <message>
            <location filename="../../resources/protocols/film.toml" />
            <source>Film</source>
            <translation>胸片</translation>
        </message>
        <message>
            <location filename="../../resources/protocols/film_prior.toml" />
            <source>Film beside the earlier one</source>
            <translation>胸片与既往检查对照</translation>
        </message>
        <message>
            <location filename="../../resources/protocols/single.toml" />
            <source>One series</source>
            <translation>单序列</translation>
        </message>
    </context>
</TS>
