"""Pseudo devices that speak the real protocols, and the demo town they live in. No pseudo value enters a node but over a wire,
except the days before a demo began.
"""
