"""``python -m zhengwen``."""

from zhengwen.cli.main import main

main()
