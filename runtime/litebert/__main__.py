"""`python -m litebert` is the command `litebert`."""

import sys

from litebert.tools.start import litebert

if __name__ == "__main__":
    sys.exit(litebert())
