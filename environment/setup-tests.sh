#!/usr/bin/env bash
# Installs what tests need beyond npm: Chromium for the browser tests, Jupyter's own kernel test suite, nbclient and
# nbconvert, and the Python packages that read what we write (numpy, pandas, pyarrow, safetensors) and write what we
# convert (torch), GNU parallel, and OpenBLAS, on which tensors are tested too. Those that Debian does not have go into
# a virtual environment in the cache folder. A GPU in software (mesa's lavapipe) for the tests of WebGPU is unpacked
# into a folder beside it. Safe to run again. Without root, outside Debian and Ubuntu, or without a network it leaves
# things as they are, and the tests that need them are skipped by name.
set -euo pipefail

cache="${XDG_CACHE_HOME:-$HOME/.cache}"
environment="$cache/weightbook-python"
vulkan="$cache/weightbook-vulkan"
pinned=(pyarrow==25.0.1 safetensors==0.8.0)

install_debian() {
  local packages=() module
  command -v "${CHROMIUM:-chromium}" >/dev/null || packages+=(chromium)
  /usr/bin/python3 -c "import jupyter_kernel_test" 2>/dev/null || packages+=(python3-jupyter-kernel-test)
  for module in nbclient nbconvert; do
    /usr/bin/python3 -c "import $module" 2>/dev/null || packages+=("python3-$module")
  done
  command -v parallel >/dev/null || packages+=(parallel)
  ldconfig -p 2>/dev/null | grep -q libopenblas || packages+=(libopenblas0-pthread)
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

# Debian 12's own mesa is too old for WebGPU; the one of its backports is unpacked, never installed over the system's.
# apt reads a list of sources of our own and keeps its state in a folder of our own, so this works without root too.
unpack_vulkan() {
  local work=$1 name version archive
  local suite=bookworm-backports key=/usr/share/keyrings/debian-archive-keyring.gpg
  mkdir -p "$work/lists/partial" "$work/archives/partial" "$work/root"
  printf "deb [signed-by=$key] http://deb.debian.org/debian %s main\n" bookworm "$suite" >"$work/sources.list"
  : >"$work/nothing-installed"
  local apt=(-qq -o "Dir::Etc::sourcelist=$work/sources.list" -o Dir::Etc::sourceparts=/dev/null
    -o "Dir::State::lists=$work/lists" -o "Dir::Cache=$work" -o APT::Sandbox::User= -o Acquire::Retries=0)
  timeout 120 apt-get "${apt[@]}" update || return 1
  # All that the driver needs on an empty system, as file names (NAME_VERSION_ARCHITECTURE.deb).
  apt-get "${apt[@]}" -o "Dir::State::status=$work/nothing-installed" -y --no-install-recommends -t "$suite" \
    install --print-uris mesa-vulkan-drivers libvulkan1 >"$work/uris" || return 1
  while read -r _ archive _; do
    name=${archive%%_*}
    version=${archive#*_}
    version=${version%_*}
    # What the system has is taken from there, unless the driver wants a newer one; the C library must be the system's.
    case "$name:$version" in
      libc6:* | libgcc-s1:* | libstdc++6:* | gcc-*) continue ;;
      *~bpo*) ;;
      *) dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null | grep -qx installed && continue ;;
    esac
    (cd "$work/archives" && timeout 300 apt-get "${apt[@]}" download "$name=${version//%3a/:}") || return 1
  done <"$work/uris"
  for archive in "$work"/archives/*.deb; do dpkg-deb -x "$archive" "$work/root" || return 1; done
}

# The folder holds libraries and a description of the driver (lvp_icd.json) that names it by its full path.
install_vulkan() {
  [ ! -f "$vulkan/lvp_icd.json" ] || return 0
  local work libraries why="cannot be had here"
  work=$(mktemp -d)
  libraries="$work/root/usr/lib/x86_64-linux-gnu"
  if [ "$(. /etc/os-release 2>/dev/null && echo "${ID:-}${VERSION_ID:-}")" != debian12 ] ||
    [ "$(dpkg --print-architecture 2>/dev/null)" != amd64 ]; then
    why="is set up on Debian 12 (amd64) only"
  elif unpack_vulkan "$work" >/dev/null 2>&1 && [ -f "$libraries/libvulkan_lvp.so" ]; then
    # Drivers of other GPUs are left out.
    find "$libraries" -name 'libvulkan_*.so' ! -name libvulkan_lvp.so -delete
    find "$libraries" -name 'libVkLayer*' -delete
    [ ! -d "$work/root/lib/x86_64-linux-gnu" ] || cp -a "$work/root/lib/x86_64-linux-gnu/." "$libraries/"
    rm -rf "$vulkan" "$vulkan.new"
    mkdir -p "$cache" && cp -a "$libraries" "$vulkan.new"
    printf '{"file_format_version": "1.0.0", "ICD": {"api_version": "1.4.305", "library_path": "%s"}}\n' \
      "$vulkan/libvulkan_lvp.so" >"$vulkan.new/lvp_icd.json"
    mv "$vulkan.new" "$vulkan"
    why=""
  fi
  rm -rf "$work"
  if [ -z "$why" ]; then
    echo "setup-tests: unpacked a GPU in software into $vulkan"
  else
    echo "setup-tests: a GPU in software $why; the tests of WebGPU will be skipped where there is no GPU"
  fi
}

status=0
install_debian || status=$?
install_python
install_vulkan
exit "$status"
