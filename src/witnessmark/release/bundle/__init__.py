"""The public bundle: what is published, in the order of hashes of docs/spec/bundle.md.

``contents`` says what goes in, ``layout`` makes manifest, approvals and index, ``writing`` puts it down as a folder or
zip, ``page`` makes README.html, ``single_file`` makes verify.py.
"""
