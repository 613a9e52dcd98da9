"""The accountant's pages: plain HTML from the server."""
