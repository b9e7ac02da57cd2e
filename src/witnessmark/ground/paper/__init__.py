"""Pages on paper: HTML of our own making becomes an A4 PDF that says nothing about this machine."""

from witnessmark.ground.paper.pdf import BASE_CSS, html_to_pdf

__all__ = ["BASE_CSS", "html_to_pdf"]
