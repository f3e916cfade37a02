"""What an app learns about the person who calls it."""

import gradio as gr


def describe(request: gr.Request) -> tuple[dict, list[list[str]]]:
    """Facts about the caller, and the request's headers."""
    facts = {
        "username": request.username,
        "client address": request.client.host,
        "url": str(request.url),
        "query parameters": dict(request.query_params),
        "path parameters": dict(request.path_params),
        "cookies": dict(request.cookies),
        "session": request.session_hash,
    }
    return facts, sorted([name, value] for name, value in request.headers.items())


with gr.Blocks(title="Who is asking?") as demo:
    gr.Markdown(
        "# Who is asking?\n"
        "`gr.Request` as this app sees it. Add `?colour=green` to the address and look again."
    )
    with gr.Row():
        facts = gr.JSON(label="Caller")
        headers = gr.Dataframe(
            headers=["Header", "Value"], label="Headers", interactive=False, wrap=True
        )
    again = gr.Button("Ask again")
    demo.load(describe, None, [facts, headers], api_name="on_load", api_visibility="private")
    again.click(describe, None, [facts, headers], api_name="describe")

if __name__ == "__main__":
    demo.launch()
