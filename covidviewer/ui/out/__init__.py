"""What leaves the program: pictures, films, pages. All of it is drawn by the canvas that the reader looks at."""
