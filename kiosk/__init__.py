"""The signage face: scenes and the player that rotates them."""
