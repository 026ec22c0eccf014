#!/usr/bin/env bash
# Installs what tests need beyond npm: Chromium for the browser tests, Jupyter's own kernel test suite, and the Python
# packages that read what we write (numpy, pandas) and write what we convert (torch). Safe to run again; does nothing without root or outside Debian and Ubuntu, where those tests are skipped
# by name.
set -euo pipefail

packages=()
command -v "${CHROMIUM:-chromium}" >/dev/null || packages+=(chromium)
/usr/bin/python3 -c "import jupyter_kernel_test" 2>/dev/null || packages+=(python3-jupyter-kernel-test)
for module in numpy pandas torch; do
  /usr/bin/python3 -c "import $module" 2>/dev/null || packages+=("python3-$module")
done
if [ ${#packages[@]} -eq 0 ]; then
  echo "setup-tests: everything is there"
  exit 0
fi
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
  echo "setup-tests: ${packages[*]} not found and cannot be installed here; the tests that need them will be skipped"
  exit 0
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
echo "setup-tests: installed ${packages[*]}"
