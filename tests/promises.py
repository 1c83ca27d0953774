"""Waits for what a page can only promise; `wait_for_function` takes a promise itself for true."""

from playwright.sync_api import Page


def wait_until(page: Page, promised: str) -> None:
    """Wait until an expression that is a promise comes to something true, at most ten seconds."""
    page.evaluate(f"""async () => {{
      const until = performance.now() + 10_000;
      while (!(await ({promised}))) {{
        if (performance.now() > until) throw new Error("It never came true.");
        await new Promise((again) => setTimeout(again, 20));
      }}
    }}""")
