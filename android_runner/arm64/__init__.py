"""The phones' arm64 code on a desktop: what runs it here, and the core that it believes to run on."""
