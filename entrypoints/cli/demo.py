"""x"""

EMAIL = "demo@example.com"


def create_demo(url: str) -> None: ...
