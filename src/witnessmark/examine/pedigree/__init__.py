"""What a file tells of its own descent: digests of its coded packets, its key pictures, its finest detail, its ends.

Left by the one decode as the feature ``pedigree``; read by ``examine/comparers`` without decoding again.
"""
