"""The steps of the bootstrap. Standard library only, and readable by any Python 3.8 or newer that may stumble upon it."""
