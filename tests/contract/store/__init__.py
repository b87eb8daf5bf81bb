"""One suite for every store: what ``backend/store/contract.py`` promises holds wherever the rows lie."""
