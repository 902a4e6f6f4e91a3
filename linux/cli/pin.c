/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a PIN comes from, in this order: --pin-file (its first line; "-" is standard
 * input), the environment, --pin (seen by every user of the machine in the process list:
 * for tests), and the terminal without echo. A PIN lives in one struct and is wiped by
 * who asked for it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>
#include "bytes.h"
#include "cli.h"

static const struct {
    const char *name, *option, *file_option, *variable;
} kinds[] = {
    [PIN_USER] = {"user PIN", "--pin", "--pin-file", "ANCHORHOLD_PIN"},
    [PIN_SO] = {"SO PIN", "--so-pin", "--so-pin-file", "ANCHORHOLD_SO_PIN"},
};

static const char *option_of(const struct options *o, enum pin_kind k)
{
    return k == PIN_USER ? o->pin : o->so_pin;
}

static const char *file_of(const struct options *o, enum pin_kind k)
{
    return k == PIN_USER ? o->pin_file : o->so_pin_file;
}

bool pin_given(const struct options *o, enum pin_kind k)
{
    return option_of(o, k) || file_of(o, k) || getenv(kinds[k].variable);
}

void pin_wipe(struct pin *pin)
{
    wipe(pin, sizeof *pin);
}

/* Up to the end of the line; false when nothing could be read. */
static bool read_line(int fd, struct pin *pin)
{
    char c;
    ssize_t n;
    pin->len = 0;
    while ((n = read(fd, &c, 1)) == 1 && c != '\n')
        if (c != '\r' && pin->len < sizeof pin->text)
            pin->text[pin->len++] = c;
    return n >= 0 && (pin->len > 0 || n == 1);
}

static int from_file(const char *path, enum pin_kind k, struct pin *pin)
{
    int fd =
        strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        say_error("cannot read the %s from %s: %s", kinds[k].name, path, strerror(errno));
        return EXIT_NOT_FOUND;
    }
    bool ok = read_line(fd, pin) && pin->len > 0;
    close(fd);
    if (!ok) {
        say_error("%s is empty; its first line must be the %s", path, kinds[k].name);
        return EXIT_PIN;
    }
    return EXIT_DONE;
}

static bool ask(int tty, const char *prompt, const char *name, struct pin *pin)
{
    struct termios old, quiet;
    if (tcgetattr(tty, &old) != 0)
        return false;
    quiet = old;
    quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
    dprintf(tty, "%s%s: ", prompt, name);
    tcsetattr(tty, TCSAFLUSH, &quiet);
    bool ok = read_line(tty, pin);
    tcsetattr(tty, TCSAFLUSH, &old);
    dprintf(tty, "\n");
    return ok && pin->len > 0;
}

static int from_terminal(enum pin_kind k, bool fresh, struct pin *pin)
{
    struct pin again = {.len = 0};
    int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY), status = EXIT_DONE;
    if (tty < 0) {
        say_error("no %s: give %s FILE or set %s (there is no terminal to ask on)",
                  kinds[k].name, kinds[k].file_option, kinds[k].variable);
        return EXIT_PIN;
    }
    if (!ask(tty, fresh ? "New " : "", kinds[k].name, pin)) {
        say_error("no %s was entered", kinds[k].name);
        status = EXIT_PIN;
    } else if (fresh &&
               (!ask(tty, "Again, the ", kinds[k].name, &again) ||
                again.len != pin->len || memcmp(again.text, pin->text, pin->len) != 0)) {
        say_error("the two entries differ; nothing was changed");
        status = EXIT_PIN;
    }
    pin_wipe(&again);
    close(tty);
    return status;
}

int pin_get(const struct options *o, enum pin_kind k, bool fresh, struct pin *pin)
{
    const char *text = getenv(kinds[k].variable);
    if (file_of(o, k))
        return from_file(file_of(o, k), k, pin);
    if (!text)
        text = option_of(o, k);
    if (!text)
        return from_terminal(k, fresh, pin);
    pin->len = strnlen(text, sizeof pin->text);
    memcpy(pin->text, text, pin->len);
    return EXIT_DONE;
}
