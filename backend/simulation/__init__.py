"""Pseudo devices that speak the real protocols, and the demo town made of them."""
