/**
 * A seccomp program for the sandbox on Linux: refuses calls that reach what namespaces do not separate. First of all the
 * kernel's own keyrings, which a login fills and every process of the person inherits; then the wide doors into the kernel
 * that no program of a person's needs. The calls fail with EPERM, as they would without privileges.
 */

interface Machine {
  /** AUDIT_ARCH_* of the kernel. */
  audit: number;
  /** Numbers of the refused calls. */
  calls: readonly number[];
}

/** On both machines: io_uring_setup, _enter, _register; the newer mount calls. */
const common = [425, 426, 427, 428, 429, 430, 431, 432, 433, 442];

const machines: Readonly<Record<string, Machine>> = {
  x64: {
    audit: 0xc000003e,
    // add_key, request_key, keyctl, bpf, perf_event_open, userfaultfd, mount, umount2, pivot_root, setns, swapon, swapoff,
    // reboot, acct, kexec_load, kexec_file_load, init_module, delete_module, finit_module, open_by_handle_at
    calls: [
      248,
      249,
      250,
      321,
      298,
      323,
      165,
      166,
      155,
      308,
      167,
      168,
      169,
      163,
      246,
      320,
      175,
      176,
      313,
      304,
      ...common,
    ],
  },
  arm64: {
    audit: 0xc00000b7,
    // The same, in the same order.
    calls: [
      217,
      218,
      219,
      280,
      241,
      282,
      40,
      39,
      41,
      268,
      224,
      225,
      142,
      89,
      104,
      294,
      105,
      106,
      273,
      265,
      ...common,
    ],
  },
};

const load = 0x20; // BPF_LD | BPF_W | BPF_ABS
const jumpIfEqual = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
const jumpIfAtLeast = 0x35; // BPF_JMP | BPF_JGE | BPF_K
const giveBack = 0x06; // BPF_RET | BPF_K
const allow = 0x7fff0000;
const refuse = 0x00050001; // SECCOMP_RET_ERRNO | EPERM

/** The program as `bwrap --seccomp` reads it; null for a machine it is not written for. */
export function seccompProgram(arch: string): Uint8Array | null {
  const machine = machines[arch];
  if (!machine) return null;
  const { audit, calls } = machine;
  const steps: [code: number, yes: number, no: number, value: number][] = [];
  const toRefusal = (after: number) => calls.length + 4 - after;
  steps.push([load, 0, 0, 4]); // the machine's way of calling: 32-bit programs have other numbers, so they are refused
  steps.push([jumpIfEqual, 0, toRefusal(1), audit]);
  steps.push([load, 0, 0, 0]); // the call's number
  steps.push([jumpIfAtLeast, toRefusal(3), 0, 0x40000000]); // x32: the same calls under other numbers
  for (const call of calls) steps.push([jumpIfEqual, toRefusal(steps.length), 0, call]);
  steps.push([giveBack, 0, 0, allow], [giveBack, 0, 0, refuse]);
  const bytes = Buffer.alloc(steps.length * 8);
  for (const [index, [code, yes, no, value]] of steps.entries()) {
    bytes.writeUInt16LE(code, index * 8);
    bytes.writeUInt8(yes, index * 8 + 2);
    bytes.writeUInt8(no, index * 8 + 3);
    bytes.writeUInt32LE(value, index * 8 + 4);
  }
  return bytes;
}
