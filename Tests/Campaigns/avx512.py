#!/usr/bin/env python3
"""Runs tests on the kernels for AVX-512 where the processor has none: in a small Linux in the emulator Bochs, much slower
than a processor. Debian's packages: bochs bochs-term bochsbios vgabios busybox-static cpio isolinux
syslinux-common xorriso; the Linux comes with `apt-get download`."""
import argparse, fcntl, glob, os, pty, re, select, shutil, struct, subprocess, sys, tempfile, termios, time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CYLINDER = 16 * 63 * 512

# What the disk needs, in the order in which it depends on each other.
MODULES = """crypto/crct10dif_common lib/crc-t10dif lib/crc64 lib/crc64-rocksoft block/t10-pi drivers/scsi/scsi_common
drivers/scsi/scsi_mod drivers/scsi/sd_mod drivers/ata/libata drivers/ata/ata_piix""".split()

# The first process: the disk is an archive, which is unpacked into memory; what the test says goes to the serial port.
INIT = """#!/bin/busybox sh
/bin/busybox mkdir -p /bin /mnt
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc none /proc; mount -t sysfs none /sys; mount -t devtmpfs none /dev
for module in %s; do insmod /modules/$module.ko; done
until [ -b /dev/sda ]; do sleep 0.2; done
mount -t tmpfs -o size=1800m none /mnt
cd /mnt && tar x -f /dev/sda
mkdir -p proc dev tmp etc; mount -t proc none proc; mount -t devtmpfs none dev
echo root:x:0:0:root:/:/bin/sh > etc/passwd
chroot /mnt /bin/busybox sh /test.sh
# What is said last has to leave the serial port first.
sleep 3
poweroff -f
"""

# Bochs's processors lay out saved registers in a way that Linux does not take where it is compact: it is told not to.
BOOT = """DEFAULT test
PROMPT 0
LABEL test
 KERNEL vmlinuz
 APPEND initrd=initrd console=ttyS0 clearcpuid=323,321 mitigations=off tsc=reliable lpj=1000000 nowatchdog loglevel=4
"""

MACHINE = """display_library: term
memory: guest=2048, host=2048
romimage: file=/usr/share/bochs/BIOS-bochs-latest
vgaromimage: file=/usr/share/vgabios/vgabios.bin
cpu: model=corei7_skylake_x, count=1, ips=40000000, reset_on_triple_fault=0, ignore_bad_msrs=1
clock: sync=none
ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14
ata1: enabled=1, ioaddr1=0x170, ioaddr2=0x370, irq=15
ata0-master: type=disk, path={folder}/disk, mode=flat, cylinders={cylinders}, heads=16, spt=63
ata1-master: type=cdrom, path={folder}/boot.iso, status=inserted
boot: cdrom
com1: enabled=1, mode=file, dev={folder}/serial
log: {folder}/log
panic: action=fatal
error: action=ignore
info: action=ignore
"""


def write(path, text, mode=0o644):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(text)
    os.chmod(path, mode)


def run(*command, **options):
    return subprocess.run(command, check=True, **options)


def linux(folder):
    """Debian's Linux, unpacked."""
    depends = run("apt-cache", "depends", "linux-image-amd64", capture_output=True, text=True).stdout
    run("apt-get", "download", re.search(r"linux-image-\S+", depends.split("\n", 1)[1])[0], cwd=folder,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    run("dpkg", "-x", glob.glob(f"{folder}/linux-image-*.deb")[0], f"{folder}/linux")
    return f"{folder}/linux"


def boot_disc(folder, linux):
    """A disc that boots Linux and the first process."""
    first, disc = f"{folder}/first", f"{folder}/disc/isolinux"
    write(f"{first}/init", INIT % " ".join(os.path.basename(module) for module in MODULES), 0o755)
    for name in "bin proc sys dev modules".split():
        os.makedirs(f"{first}/{name}", exist_ok=True)
    shutil.copy(shutil.which("busybox"), f"{first}/bin/busybox")
    for module in MODULES:
        shutil.copy(glob.glob(f"{linux}/lib/modules/*/kernel/{module}.ko")[0], f"{first}/modules")
    write(f"{disc}/isolinux.cfg", BOOT)
    with open(f"{disc}/initrd", "wb") as archive:
        names = subprocess.Popen(["find", "."], cwd=first, stdout=subprocess.PIPE)
        run("cpio", "-o", "-H", "newc", "--quiet", cwd=first, stdin=names.stdout, stdout=archive)
    shutil.copy(glob.glob(f"{linux}/boot/vmlinuz-*")[0], f"{disc}/vmlinuz")
    for path in ["/usr/lib/ISOLINUX/isolinux.bin", "/usr/lib/syslinux/modules/bios/ldlinux.c32"]:
        shutil.copy(path, disc)
    run("xorriso", "-as", "mkisofs", "-quiet", "-o", f"{folder}/boot.iso", "-b", "isolinux/isolinux.bin", "-c",
        "isolinux/boot.cat", "-no-emul-boot", "-boot-load-size", "4", "-boot-info-table", f"{folder}/disc",
        stderr=subprocess.DEVNULL)


def test_disk(folder, binary, files, script):
    """A disk with the program, its libraries, what it reads, and what is to be run; its length in cylinders."""
    root, libraries = f"{folder}/root", set()

    def put(path):
        os.makedirs(root + os.path.dirname(path), exist_ok=True)
        shutil.copy(path, root + path)
    os.makedirs(root + os.path.dirname(binary))
    run("strip", "-o", root + binary, binary)
    for line in run("ldd", binary, capture_output=True, text=True).stdout.splitlines():
        for path in re.findall(r"(?:^|\s)(/\S+)", line):
            put(path)
            libraries.add(os.path.dirname(path))
    for path in files:
        shutil.copytree(path, root + path, dirs_exist_ok=True)
    os.makedirs(root + "/bin", exist_ok=True)
    shutil.copy(shutil.which("busybox"), root + "/bin/busybox")
    write(root + "/test.sh", f"export LD_LIBRARY_PATH={':'.join(sorted(libraries))}\n{script}")
    run("tar", "-C", root, "-cf", f"{folder}/disk", ".")
    cylinders = os.path.getsize(f"{folder}/disk") // CYLINDER + 2
    os.truncate(f"{folder}/disk", cylinders * CYLINDER)
    return cylinders


def emulate(folder, cylinders, tell):
    """Runs the machine until it ends; what it says is told line by line, and returned."""
    write(f"{folder}/machine", MACHINE.format(folder=folder, cylinders=cylinders))
    process, terminal = pty.fork()
    if process == 0:
        os.environ["TERM"] = "vt100"
        os.execvp("bochs", ["bochs", "-q", "-f", f"{folder}/machine"])
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 132, 0, 0))
    begin, isTold, said, lines = time.time(), False, 0, []
    while True:
        if select.select([terminal], [], [], 1)[0]:
            try:
                if not os.read(terminal, 65536):
                    break
            except OSError:
                break
        if not isTold and time.time() > begin + 2:
            # Debian's Bochs begins in its debugger: "continue".
            os.write(terminal, b"c\n")
            isTold = True
        if os.path.exists(f"{folder}/serial"):
            with open(f"{folder}/serial", errors="replace") as serial:
                text = serial.read()
            whole = text.rfind("\n") + 1
            for line in text[said:whole].splitlines():
                lines.append(re.sub(r"\x1b\[[0-9;]*m", "", line))
                tell(lines[-1])
            said = max(said, whole)
    os.waitpid(process, 0)
    return lines


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--tests", default=os.path.join(ROOT, ".build/debug/nncPackageTests.xctest"))
parser.add_argument("--filter", default="NNKernelsTests", help="which tests")
parser.add_argument("--skip", help="which of them not")
parser.add_argument("--files", nargs="*", default=[], help="folders that the tests read")
options = parser.parse_args()
missing = [name for name in "bochs busybox cpio xorriso strip dpkg".split() if not shutil.which(name)]
if missing or not os.path.exists("/usr/lib/ISOLINUX/isolinux.bin"):
    sys.exit(f"not installed: {' '.join(missing) or 'isolinux'}; see the first lines of {__file__}")

with tempfile.TemporaryDirectory() as folder:
    binary = os.path.realpath(options.tests)
    skip = f" --skip '{options.skip}'" if options.skip else ""
    boot_disc(folder, linux(folder))
    cylinders = test_disk(
        folder, binary, [os.path.abspath(path) for path in options.files],
        "export NNC_KERNELS=avx512 HOME=/\n"
        f"cd {ROOT} 2>/dev/null || cd /\n"
        f"{binary} --testing-library swift-testing --no-parallel --filter '{options.filter}'{skip} 2>&1\n")
    lines = emulate(folder, cylinders, lambda line: print(line, flush=True) if re.search(r"[✔✘]", line) else None)
    passed = [line for line in lines if re.search(r"Test run with [1-9]\d* tests? .*passed", line)]
    if not passed or any("✘" in line for line in lines):
        sys.exit("\n".join(lines[-20:] + ["the tests did not pass"]))
