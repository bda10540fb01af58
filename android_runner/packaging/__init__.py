"""From compiled classes to the files that are shipped: an APK per ABI, the desktop's jar, and their manifest.

Python's standard library only, so that any Python from 3.11 on builds the same bytes.
"""
