"""The command line through `python -m afo_designer`."""

from afo_designer.apps.cli import main

if __name__ == "__main__":
    main()
