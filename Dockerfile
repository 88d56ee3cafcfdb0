# Serves the page: docs/hosting.md says how to build and run it. Holds what serving needs, and nothing else.
FROM python:3.11-slim

# With a package index that has PyTorch's CPU build, that is what is installed; else gigabytes of CUDA come along.
ARG PIP_EXTRA_INDEX_URL=

WORKDIR /srv/charrnn
COPY requirements.lock ./
RUN pip install --no-cache-dir --disable-pip-version-check -r requirements.lock

COPY app.py LICENSE ./
COPY charrnn charrnn
COPY checkpoints checkpoints
RUN python -m compileall -q app.py charrnn

# All that is ever written, beside what is removed at the end: the instruments, the compiled kernel and tables of the
# grammar, which are made again when they are gone.
ENV XDG_CACHE_HOME=/tmp/cache MPLCONFIGDIR=/tmp/matplotlib
RUN useradd --system --no-create-home --home-dir /tmp charrnn
USER charrnn

# Flags go behind the image's name, as in `docker run charrnn --root-path /tunes`.
ENV GRADIO_SERVER_NAME=0.0.0.0 GRADIO_SERVER_PORT=7860
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:7860/healthz', timeout=4)"]
ENTRYPOINT ["python", "app.py"]
