"""A cloud node with a planted fault: it lets in whatever comes, as much as that may be."""

import sys

from app.cli import main
from backend.sync import admission

if __name__ == "__main__":
    endless = admission.Bounds(open_bytes=sys.maxsize, unfolded=sys.maxsize)
    setattr(admission, "Bounds", lambda: endless)  # noqa: B010 - a class is not meant to be exchanged
    main()
