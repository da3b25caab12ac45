"""What a release holds, and how it is built, read, compared, and stripped of its texts."""
