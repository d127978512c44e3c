/* A TCG plugin of QEMU (plugin interface 1): how many instructions the guest has executed.
 *
 * At each marker, a getpriority call for process 0xBEEF, it writes the number so far as a line to QEMU's log
 * (-d plugin -D FILE). Threads share one number without a lock: what is counted should run on one thread. A
 * block is counted when it is entered, so the call that is the marker counts for what lies before it.
 * Declarations are from QEMU 7.2, include/qemu/qemu-plugin.h, which Debian does not package.
 */
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>

#define EXPORTED __attribute__((visibility("default")))
enum { GETPRIORITY = 141, MARKER = 0xBEEF }; /* Linux, include/uapi/asm-generic/unistd.h */

typedef uint64_t plugin_id;
struct qemu_plugin_tb;
struct qemu_info_t;
enum qemu_plugin_op { QEMU_PLUGIN_INLINE_ADD_U64 };
extern void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id, void (*)(plugin_id, struct qemu_plugin_tb *));
extern size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
extern void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *, enum qemu_plugin_op, void *, uint64_t);
extern void qemu_plugin_register_vcpu_syscall_cb(
    plugin_id, void (*)(plugin_id, unsigned, int64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t,
                        uint64_t, uint64_t));
extern void qemu_plugin_outs(const char *);

EXPORTED int qemu_plugin_version = 1;
static uint64_t executed;

static void on_block(plugin_id id, struct qemu_plugin_tb *block)
{
    qemu_plugin_register_vcpu_tb_exec_inline(block, QEMU_PLUGIN_INLINE_ADD_U64, &executed,
                                             qemu_plugin_tb_n_insns(block));
}

static void on_syscall(plugin_id id, unsigned vcpu, int64_t number, uint64_t which, uint64_t who, uint64_t a3,
                       uint64_t a4, uint64_t a5, uint64_t a6, uint64_t a7, uint64_t a8)
{
    char line[32];

    if (number != GETPRIORITY || who != MARKER)
        return;
    snprintf(line, sizeof line, "%" PRIu64 "\n", executed);
    qemu_plugin_outs(line);
}

EXPORTED int qemu_plugin_install(plugin_id id, const struct qemu_info_t *info, int argc, char **argv)
{
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_block);
    qemu_plugin_register_vcpu_syscall_cb(id, on_syscall);
    return 0;
}
