"""Reads paths, one a line; answers with one line of JSON for each: seconds and text. Loaded once, so
that what is measured is reading and not the start of Python."""

import json
import sys
import time

from markitdown import MarkItDown

reader = MarkItDown()
print(json.dumps({"ready": True}), flush=True)
for line in sys.stdin:
    start = time.perf_counter()
    try:
        text = reader.convert(line.rstrip("\n")).text_content
    except Exception:  # Whatever it is: this peer could not read the file.
        text = None
    print(json.dumps({"seconds": time.perf_counter() - start, "text": text}), flush=True)
