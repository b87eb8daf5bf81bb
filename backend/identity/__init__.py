"""Who a node is: its key, its certificate, and the small authority of a cloud node that vouches for both."""
