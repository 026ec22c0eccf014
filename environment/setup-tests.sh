#!/usr/bin/env bash
# Installs what tests need beyond npm: Chromium for the browser tests, Jupyter's own kernel test suite, nbclient and
# nbconvert, and the Python packages that read what we write (numpy, pandas, pyarrow, safetensors) and write what we
# convert (torch). Those that Debian does not have go into a virtual environment in the cache folder. Safe to run again.
# Without root, outside Debian and Ubuntu, or without a network it leaves things as they are, and the tests that need
# them are skipped by name.
set -euo pipefail

environment="${XDG_CACHE_HOME:-$HOME/.cache}/weightbook-python"
pinned=(pyarrow==25.0.1 safetensors==0.8.0)

install_debian() {
  local packages=() module
  command -v "${CHROMIUM:-chromium}" >/dev/null || packages+=(chromium)
  /usr/bin/python3 -c "import jupyter_kernel_test" 2>/dev/null || packages+=(python3-jupyter-kernel-test)
  for module in nbclient nbconvert; do
    /usr/bin/python3 -c "import $module" 2>/dev/null || packages+=("python3-$module")
  done
  # The command `jupyter nbconvert`, which Debian keeps apart from its module.
  command -v jupyter-nbconvert >/dev/null || packages+=(jupyter-core jupyter-nbconvert)
  /usr/bin/python3 -c "import ensurepip" 2>/dev/null || packages+=(python3-venv)
  for module in numpy pandas torch; do
    /usr/bin/python3 -c "import $module" 2>/dev/null || packages+=("python3-$module")
  done
  [ ${#packages[@]} -gt 0 ] || return 0
  if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "setup-tests: ${packages[*]} not found and cannot be installed here; the tests that need them will be skipped"
    return 0
  fi
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq &&
    apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null &&
    echo "setup-tests: installed ${packages[*]}"
}

# The environment sees Debian's packages, so that pandas reads with this pyarrow.
install_python() {
  "$environment/bin/python" -c "import pyarrow, safetensors" 2>/dev/null && return 0
  if /usr/bin/python3 -m venv --system-site-packages "$environment" >/dev/null 2>&1 &&
    "$environment/bin/python" -m pip install --quiet --no-deps --only-binary :all: --retries 0 --timeout 30 \
      --disable-pip-version-check "${pinned[@]}" >/dev/null 2>&1; then
    echo "setup-tests: installed ${pinned[*]}"
  else
    echo "setup-tests: ${pinned[*]} cannot be had here; the tests that need them will be skipped"
  fi
}

status=0
install_debian || status=$?
install_python
exit "$status"
