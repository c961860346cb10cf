"""The process that scores: it reads calls from a socket, one after the other, and can be killed and replaced."""
