"""``python -m bench.authenticity``, as ``python -m bench authenticity``."""

from __future__ import annotations

import sys

from bench.authenticity.command import main

if __name__ == "__main__":
    sys.exit(main())
