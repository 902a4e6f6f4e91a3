/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libteec on a TEE device of the kernel: what it says in its ioctls, against a device
 * that is made of the wrapped open, ioctl and mmap below (the linker redirects the
 * calls).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/tee.h>
#include <sys/mman.h>
#include <unistd.h>
#include "tee_client_api.h"

/* --- the device
 * ------------------------------------------------------------------------------------ */

static struct {
    uint32_t caps;
    int fail;         /* errno of the next call, 0 none */
    bool no_register; /* SHM_REGISTER answers EFAULT */
    int fds[64];      /* descriptors of shared memory, by id; 0: closed */
    void *memory[64]; /* what mmap gave, or the registered address */
    int next_id;
    uint32_t closed, cancelled;
    struct tee_ioctl_open_session_arg open;
    struct tee_ioctl_invoke_arg invoke;
    struct tee_ioctl_param params[4];
    void (*act)(struct tee_ioctl_param *p);
    uint32_t result;
} dev;

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
    va_list ap;
    va_start(ap, flags);
    unsigned mode = va_arg(ap, unsigned);
    va_end(ap);
    if (strncmp(path, "/dev/tee", 8) == 0) {
        errno = ENOENT;
        return strcmp(path, "/dev/tee1") == 0
                   ? __real_open("/dev/null", O_RDWR | O_CLOEXEC)
                   : -1;
    }
    return __real_open(path, flags, mode);
}

static int new_shm(int32_t *id, void *memory)
{
    *id = dev.next_id++;
    dev.memory[*id] = memory;
    dev.fds[*id] = __real_open("/dev/zero", O_RDWR | O_CLOEXEC);
    return dev.fds[*id];
}

static int call_ta(const struct tee_ioctl_buf_data *b, size_t head, uint32_t *ret,
                   uint32_t *origin)
{
    struct tee_ioctl_param *p = (void *)((uint8_t *)(uintptr_t)b->buf_ptr + head);
    assert_int_equal(b->buf_len, head + 4 * sizeof *p);
    memcpy(dev.params, p, sizeof dev.params);
    if (dev.act)
        dev.act(p);
    *ret = dev.result;
    *origin = TEEC_ORIGIN_TRUSTED_APP;
    return 0;
}

int __wrap_ioctl(int fd, unsigned long request, void *arg);
int __wrap_ioctl(int fd, unsigned long request, void *arg)
{
    (void)fd;
    if (dev.fail) {
        errno = dev.fail;
        dev.fail = 0;
        return -1;
    }
    if (request == TEE_IOC_VERSION) {
        *(struct tee_ioctl_version_data *)arg = (struct tee_ioctl_version_data){
            TEE_IMPL_ID_OPTEE, TEE_OPTEE_CAP_TZ, dev.caps};
        return 0;
    }
    if (request == TEE_IOC_SHM_ALLOC) {
        struct tee_ioctl_shm_alloc_data *a = arg;
        assert_int_equal(a->flags, 0);
        return new_shm(&a->id, NULL);
    }
    if (request == TEE_IOC_SHM_REGISTER) {
        struct tee_ioctl_shm_register_data *a = arg;
        errno = EFAULT;
        return dev.no_register ? -1 : new_shm(&a->id, (void *)(uintptr_t)a->addr);
    }
    if (request == TEE_IOC_OPEN_SESSION) {
        const struct tee_ioctl_buf_data *b = arg;
        struct tee_ioctl_open_session_arg *o = (void *)(uintptr_t)b->buf_ptr;
        memcpy(&dev.open, o, sizeof dev.open);
        o->session = 77;
        return call_ta(b, sizeof *o, &o->ret, &o->ret_origin);
    }
    if (request == TEE_IOC_INVOKE) {
        const struct tee_ioctl_buf_data *b = arg;
        struct tee_ioctl_invoke_arg *o = (void *)(uintptr_t)b->buf_ptr;
        memcpy(&dev.invoke, o, sizeof dev.invoke);
        return call_ta(b, sizeof *o, &o->ret, &o->ret_origin);
    }
    if (request == TEE_IOC_CANCEL)
        dev.cancelled = ((struct tee_ioctl_cancel_arg *)arg)->session;
    if (request == TEE_IOC_CLOSE_SESSION)
        dev.closed = ((struct tee_ioctl_close_session_arg *)arg)->session;
    return 0;
}

void *__real_mmap(void *at, size_t len, int prot, int flags, int fd, off_t off);
void *__wrap_mmap(void *at, size_t len, int prot, int flags, int fd, off_t off);
void *__wrap_mmap(void *at, size_t len, int prot, int flags, int fd, off_t off)
{
    void *p = __real_mmap(at, len, prot, flags, fd, off);
    for (int i = 0; i < 64 && fd > 0; i++) {
        if (dev.fds[i] == fd)
            dev.memory[i] = p;
    }
    return p;
}

/* --- tests
 * ------------------------------------------------------------------------------------------
 */

#define ALL (TEE_GEN_CAP_GP | TEE_GEN_CAP_REG_MEM | TEE_GEN_CAP_MEMREF_NULL)

static const TEEC_UUID uuid = {
    0x01020304, 0x0506, 0x0708, {9, 10, 11, 12, 13, 14, 15, 16}};
static TEEC_Context ctx;
static TEEC_Session session;

static void device_open(uint32_t caps)
{
    memset(&dev, 0, sizeof dev);
    dev.caps = caps;
    dev.next_id = 1;
    assert_int_equal(TEEC_InitializeContext("optee-tz", &ctx), TEEC_SUCCESS);
    assert_int_equal(
        TEEC_OpenSession(&ctx, &session, &uuid, TEEC_LOGIN_PUBLIC, NULL, NULL, NULL),
        TEEC_SUCCESS);
}

static void device_close(void)
{
    TEEC_CloseSession(&session);
    assert_int_equal(dev.closed, 77);
    TEEC_FinalizeContext(&ctx);
}

static TEEC_Result invoke(TEEC_Operation *op)
{
    return TEEC_InvokeCommand(&session, 5, op, NULL);
}

static void test_device_without_gp_is_passed_over(void **state)
{
    (void)state;
    memset(&dev, 0, sizeof dev);
    assert_int_equal(TEEC_InitializeContext("optee-tz", &ctx), TEEC_ERROR_ITEM_NOT_FOUND);
}

static void test_device_open_session(void **state)
{
    static const uint8_t bytes[16] = {1, 2,  3,  4,  5,  6,  7,  8,
                                      9, 10, 11, 12, 13, 14, 15, 16};
    uint32_t gid = 0x01020304, origin;
    TEEC_Session s;
    (void)state;
    device_open(ALL);
    assert_memory_equal(dev.open.uuid, bytes, 16);
    assert_int_equal(dev.open.clnt_login, 0);
    assert_int_equal(
        TEEC_OpenSession(&ctx, &s, &uuid, TEEC_LOGIN_GROUP, &gid, NULL, NULL), 0);
    assert_int_equal(dev.open.clnt_login, TEEC_LOGIN_GROUP);
    assert_memory_equal(dev.open.clnt_uuid, &gid, sizeof gid);
    TEEC_CloseSession(&s);
    dev.result = TEEC_ERROR_ACCESS_CONFLICT;
    assert_int_equal(TEEC_OpenSession(&ctx, &s, &uuid, 0, NULL, NULL, &origin),
                     TEEC_ERROR_ACCESS_CONFLICT);
    assert_int_equal(origin, TEEC_ORIGIN_TRUSTED_APP);
    device_close();
}

static void swap(struct tee_ioctl_param *p)
{
    p[0].a = dev.params[0].b;
    p[0].b = dev.params[0].a;
}

static void test_device_values(void **state)
{
    TEEC_Operation op = {.paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_INOUT, 0, 0, 0)};
    (void)state;
    device_open(ALL);
    dev.act = swap;
    op.params[0].value = (TEEC_Value){1, 0xffffffff};
    assert_int_equal(invoke(&op), TEEC_SUCCESS);
    assert_int_equal(dev.invoke.func, 5);
    assert_int_equal(dev.invoke.session, 77);
    assert_int_equal(dev.params[0].attr, 3);
    assert_int_equal(op.params[0].value.a, 0xffffffff);
    assert_int_equal(op.params[0].value.b, 1);
    device_close();
}

static void fill(struct tee_ioctl_param *p)
{
    memset((uint8_t *)dev.memory[p[0].c] + p[0].a, 'x', 3);
    p[0].b = 3;
}

/* A temporary buffer, registered or copied; the TA reads "in" and answers "xxx". */
static void temporary(bool registered)
{
    char buf[] = "in data";
    TEEC_Operation op = {.paramTypes = TEEC_PARAM_TYPES(TEEC_MEMREF_TEMP_INOUT, 0, 0, 0)};
    dev.act = fill;
    op.params[0].tmpref = (TEEC_TempMemoryReference){buf, sizeof buf};
    assert_int_equal(invoke(&op), TEEC_SUCCESS);
    assert_int_equal(dev.params[0].attr, 7);
    assert_int_equal(dev.params[0].a, 0);
    assert_int_equal(dev.params[0].b, sizeof buf);
    assert_true((dev.memory[dev.params[0].c] == buf) == registered);
    assert_int_equal(op.params[0].tmpref.size, 3);
    assert_string_equal(buf, "xxxdata");
    assert_int_equal(fcntl(dev.fds[dev.params[0].c], F_GETFD),
                     -1); /* closed after the call */
}

static void test_device_temporary_memory(void **state)
{
    (void)state;
    device_open(ALL);
    temporary(true);
    dev.no_register = true;
    temporary(false);
    device_close();
    device_open(TEE_GEN_CAP_GP);
    temporary(false);
    device_close();
}

static void test_device_null_memory(void **state)
{
    TEEC_Operation op = {.paramTypes =
                             TEEC_PARAM_TYPES(TEEC_MEMREF_TEMP_OUTPUT, 0, 0, 0)};
    (void)state;
    device_open(ALL);
    op.params[0].tmpref = (TEEC_TempMemoryReference){NULL, 9};
    assert_int_equal(invoke(&op), TEEC_SUCCESS);
    assert_int_equal(dev.params[0].c, TEE_MEMREF_NULL);
    assert_int_equal(dev.params[0].b, 9);
    device_close();
    device_open(TEE_GEN_CAP_GP);
    op.params[0].tmpref = (TEEC_TempMemoryReference){NULL, 0};
    assert_int_equal(invoke(&op), TEEC_SUCCESS);
    assert_int_not_equal(dev.params[0].c, TEE_MEMREF_NULL); /* a stand-in */
    device_close();
}

static void too_short(struct tee_ioctl_param *p)
{
    p[0].b = 1000;
}

static void test_device_reported_length_is_not_believed(void **state)
{
    char buf[8] = "1234567";
    TEEC_Operation op = {.paramTypes =
                             TEEC_PARAM_TYPES(TEEC_MEMREF_TEMP_OUTPUT, 0, 0, 0)};
    (void)state;
    device_open(TEE_GEN_CAP_GP);
    dev.act = too_short;
    dev.result = TEEC_ERROR_SHORT_BUFFER;
    op.params[0].tmpref = (TEEC_TempMemoryReference){buf, 4};
    assert_int_equal(invoke(&op), TEEC_ERROR_SHORT_BUFFER);
    assert_int_equal(op.params[0].tmpref.size, 1000);
    assert_string_equal(buf, "1234567");
    device_close();
}

static void test_device_shared_memory(void **state)
{
    char own[64] = "registered";
    TEEC_SharedMemory m = {.size = 64, .flags = TEEC_MEM_INPUT | TEEC_MEM_OUTPUT};
    TEEC_Operation op = {.paramTypes =
                             TEEC_PARAM_TYPES(TEEC_MEMREF_PARTIAL_INOUT, 0, 0, 0)};
    (void)state;
    for (int kind = 0; kind < 3;
         kind++) { /* allocated, registered, registered by copying */
        device_open(kind == 2 ? TEE_GEN_CAP_GP : ALL);
        dev.act = fill;
        m.buffer = kind ? own : NULL;
        m.size = 64;
        assert_int_equal(kind ? TEEC_RegisterSharedMemory(&ctx, &m)
                              : TEEC_AllocateSharedMemory(&ctx, &m),
                         TEEC_SUCCESS);
        char *b = m.buffer;
        memset(b, '.', 64);
        op.params[0].memref = (TEEC_RegisteredMemoryReference){&m, 16, 8};
        assert_int_equal(invoke(&op), TEEC_SUCCESS);
        assert_int_equal(dev.params[0].a, 8);
        assert_int_equal(dev.params[0].b, 16);
        assert_int_equal(dev.params[0].c, 1);
        assert_memory_equal(b + 7, ".xxx.", 5);
        TEEC_ReleaseSharedMemory(&m);
        assert_int_equal(fcntl(dev.fds[1], F_GETFD), -1);
        device_close();
    }
}

static void test_device_errors(void **state)
{
    static const struct {
        int error;
        TEEC_Result want;
    } rows[] = {
        {ENOMEM, TEEC_ERROR_OUT_OF_MEMORY},
        {EINVAL, TEEC_ERROR_BAD_PARAMETERS},
        {EPERM, TEEC_ERROR_ACCESS_DENIED},
        {EIO, TEEC_ERROR_GENERIC},
    };
    uint32_t origin;
    (void)state;
    device_open(ALL);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        dev.fail = rows[i].error;
        assert_int_equal(TEEC_InvokeCommand(&session, 1, NULL, &origin), rows[i].want);
        assert_int_equal(origin, TEEC_ORIGIN_COMMS);
    }
    device_close();
}

static void test_device_cancel(void **state)
{
    TEEC_Operation op = {0};
    (void)state;
    device_open(ALL);
    assert_int_equal(invoke(&op), TEEC_SUCCESS);
    TEEC_RequestCancellation(&op);
    assert_int_equal(dev.cancelled, 77);
    device_close();
}

static void test_device_context_may_go_first(void **state)
{
    (void)state;
    device_open(ALL);
    TEEC_FinalizeContext(&ctx);
    TEEC_CloseSession(&session);
    assert_int_equal(TEEC_InvokeCommand(&session, 1, NULL, NULL), TEEC_ERROR_BAD_STATE);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_device_without_gp_is_passed_over),
        cmocka_unit_test(test_device_open_session),
        cmocka_unit_test(test_device_values),
        cmocka_unit_test(test_device_temporary_memory),
        cmocka_unit_test(test_device_null_memory),
        cmocka_unit_test(test_device_reported_length_is_not_believed),
        cmocka_unit_test(test_device_shared_memory),
        cmocka_unit_test(test_device_errors),
        cmocka_unit_test(test_device_cancel),
        cmocka_unit_test(test_device_context_may_go_first),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
