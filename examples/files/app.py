"""Files go up, a table and an archive come down."""

import hashlib
import tempfile
import zipfile
from pathlib import Path

import gradio as gr

FIXED_TIME = (1980, 1, 1, 0, 0, 0)


def pack(paths: list[str] | None) -> tuple[list[list], str]:
    """List the files with their sizes and digests, and put them into one zip archive.

    The archive depends on names and contents alone: the same files give the same bytes.
    """
    if not paths:
        raise gr.Error("Choose one or more files first.")
    rows = []
    archive_path = Path(tempfile.mkdtemp()) / "bundle.zip"
    with zipfile.ZipFile(archive_path, "w") as archive:
        for path in map(Path, paths):
            content = path.read_bytes()
            rows.append([path.name, len(content), hashlib.sha256(content).hexdigest()])
            archive.writestr(zipfile.ZipInfo(path.name, FIXED_TIME), content)
    return rows, str(archive_path)


def give_back(path: str) -> str:
    """Return an uploaded file as it came."""
    return path


with gr.Blocks(title="Files") as demo:
    gr.Markdown("# Files\nUpload a few files: get their digests, and all of them in one archive.")
    with gr.Row():
        uploads = gr.File(file_count="multiple", label="Your files", height=220)
        bundle = gr.File(label="All in one archive", height=220)
    table = gr.Dataframe(
        headers=["Name", "Bytes", "SHA-256"], label="What arrived", interactive=False, wrap=True
    )
    with gr.Row():
        run = gr.Button("Pack", variant="primary")
        single = gr.UploadButton("Send one file and get it back")
        back = gr.DownloadButton("Download it again")
    run.click(pack, uploads, [table, bundle], api_name="pack")
    single.upload(give_back, single, back, api_name="give_back")

if __name__ == "__main__":
    demo.launch()
