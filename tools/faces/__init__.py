"""Procedurally drawn 64×64 faces and the captions that describe them."""
