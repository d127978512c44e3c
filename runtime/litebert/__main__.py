"""`python -m litebert` is the command `litebert`."""

import sys

from litebert.cli import main

if __name__ == "__main__":
    sys.exit(main())
