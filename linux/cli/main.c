/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * anchorhold: the command of a device's owner. Commands and options are tables: a command
 * names the options it takes and those it cannot do without, and parsing, help and
 * complaints read the rows.
 */
#include <stdlib.h>
#include <string.h>
#include "cli.h"
#include "version.h"

#define FIELD(f) offsetof(struct options, f)

enum option_bit {
    O_TOKEN = 1 << 0,
    O_SLOT = 1 << 1,
    O_LABEL = 1 << 2,
    O_ID = 1 << 3,
    O_TYPE = 1 << 4,
    O_SUBJECT = 1 << 5,
    O_SAN = 1 << 6,
    O_IN = 1 << 7,
    O_OUT = 1 << 8,
    O_PIN = 1 << 9,
    O_SO_PIN = 1 << 10,
    O_JSON = 1 << 11,
    O_FORCE = 1 << 12,
    O_ALL = 1 << 13, /* of every command */
};

static const struct option_row {
    const char *name, *value; /* value NULL: a switch */
    unsigned bit;
    size_t field;
    const char *help;
} option_rows[] = {
    {"--token", "LABEL", O_TOKEN, FIELD(token), "the token, by its label"},
    {"--slot", "NUMBER", O_SLOT, FIELD(slot), "the token, by its slot"},
    {"--label", "NAME", O_LABEL, FIELD(label), "name of the token, key or certificate"},
    {"--id", "HEX", O_ID, FIELD(id), "id of the key (CKA_ID)"},
    {"--type", "TYPE", O_TYPE, FIELD(type),
     "ec:P-256 ec:P-384 ec:P-521 rsa:2048 rsa:3072 rsa:4096"},
    {"--subject", "NAME", O_SUBJECT, FIELD(subject),
     "subject, for example /O=Fleet/CN=device-1"},
    {"--san", "NAMES", O_SAN, FIELD(san),
     "alternative names, for example DNS:device-1,IP:10.0.0.7"},
    {"--in", "FILE", O_IN, FIELD(in), "the certificate, PEM or DER; - is standard input"},
    {"--out", "FILE", O_OUT, FIELD(out),
     "where to write; - or nothing is standard output"},
    {"--pin-file", "FILE", O_PIN, FIELD(pin_file),
     "file whose first line is the user PIN"},
    {"--pin", "PIN", O_PIN, FIELD(pin), "the user PIN; visible to others, for tests"},
    {"--so-pin-file", "FILE", O_SO_PIN, FIELD(so_pin_file),
     "file whose first line is the SO PIN"},
    {"--so-pin", "PIN", O_SO_PIN, FIELD(so_pin),
     "the SO PIN; visible to others, for tests"},
    {"--json", NULL, O_JSON, FIELD(json), "answer in JSON"},
    {"--force", NULL, O_FORCE, FIELD(force), "replace what is there"},
    {"--module", "PATH", O_ALL, FIELD(module), "another PKCS#11 module"},
    {"--quiet", NULL, O_ALL, FIELD(quiet), "say only what goes wrong"},
};

static const struct command {
    const char *group, *name; /* name NULL: a command of one word */
    unsigned may, must;
    int (*run)(const struct options *o);
    const char *help;
} commands[] = {
    {"status", NULL, O_JSON, 0, status_run,
     "what TEE answers, its trusted applications, slots and tokens"},
    {"token", "init", O_LABEL | O_SLOT | O_SO_PIN | O_PIN | O_FORCE, O_LABEL,
     token_init_run, "initialise a token and set its PINs"},
    {"key", "generate", O_TOKEN | O_SLOT | O_LABEL | O_ID | O_TYPE | O_PIN | O_FORCE,
     O_LABEL, key_generate_run, "make a key pair inside the TEE"},
    {"key", "list", O_TOKEN | O_SLOT | O_PIN | O_JSON, 0, key_list_run,
     "list keys and certificates"},
    {"csr", NULL, O_TOKEN | O_SLOT | O_LABEL | O_ID | O_SUBJECT | O_SAN | O_OUT | O_PIN,
     O_SUBJECT, csr_run, "make a certificate request signed by a key of the token"},
    {"cert", "import", O_TOKEN | O_SLOT | O_LABEL | O_IN | O_PIN | O_FORCE, O_IN,
     cert_import_run, "store a certificate beside its key"},
    {"selftest", NULL, O_TOKEN | O_SLOT | O_JSON, 0, selftest_run,
     "check the cryptography of the token"},
};

static void usage(FILE *f)
{
    fprintf(f, "usage: anchorhold COMMAND [OPTIONS]\n\n");
    for (size_t i = 0; i < NR(commands); i++) {
        char name[32];
        snprintf(name, sizeof name, "%s%s%s", commands[i].group,
                 commands[i].name ? " " : "", commands[i].name ? commands[i].name : "");
        fprintf(f, "  %-14s %s\n", name, commands[i].help);
    }
    fprintf(f, "\nanchorhold COMMAND --help lists the options of a command; man "
               "anchorhold tells more.\n");
}

static void command_usage(FILE *f, const struct command *c)
{
    fprintf(f, "usage: anchorhold %s%s%s [OPTIONS]\n%s.\n\n", c->group,
            c->name ? " " : "", c->name ? c->name : "", c->help);
    for (size_t i = 0; i < NR(option_rows); i++) {
        const struct option_row *r = &option_rows[i];
        char name[32];
        if (!(r->bit & (c->may | O_ALL)))
            continue;
        snprintf(name, sizeof name, "%s%s%s", r->name, r->value ? " " : "",
                 r->value ? r->value : "");
        fprintf(f, "  %-20s %s%s\n", name, r->help,
                r->bit & c->must ? " (required)" : "");
    }
}

/* The row of an argument "--name" or "--name=value"; *value is what follows the sign. */
static const struct option_row *option_row(const char *arg, const char **value)
{
    size_t len = strcspn(arg, "=");
    *value = arg[len] ? arg + len + 1 : NULL;
    for (size_t i = 0; i < NR(option_rows); i++)
        if (strlen(option_rows[i].name) == len &&
            strncmp(option_rows[i].name, arg, len) == 0)
            return &option_rows[i];
    return NULL;
}

static void option_set(struct options *o, const struct option_row *r, const char *value)
{
    char *at = (char *)o + r->field;
    if (r->value)
        memcpy(at, &value, sizeof value);
    else
        *(bool *)at = true;
}

/* EXIT_DONE: go on; -1: help was given. */
static int options_read(struct options *o, const struct command *c, int argc, char **argv)
{
    unsigned given = 0;
    for (int i = 0; i < argc; i++) {
        const char *value;
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            command_usage(stdout, c);
            return -1;
        }
        const struct option_row *r = option_row(argv[i], &value);
        if (!r || !(r->bit & (c->may | O_ALL))) {
            say_error("%s is not an option of this command", argv[i]);
            command_usage(stderr, c);
            return EXIT_USAGE;
        }
        if (r->value && !value && ++i < argc)
            value = argv[i];
        if (r->value ? !value || !*value : value != NULL) {
            say_error(r->value ? "%s takes a value" : "%s takes no value", r->name);
            return EXIT_USAGE;
        }
        option_set(o, r, value);
        given |= r->bit;
    }
    for (size_t i = 0; i < NR(option_rows); i++)
        if (option_rows[i].bit & c->must & ~given) {
            say_error("%s is missing", option_rows[i].name);
            command_usage(stderr, c);
            return EXIT_USAGE;
        }
    return EXIT_DONE;
}

static const struct command *command_find(int argc, char **argv, int *words)
{
    for (size_t i = 0; i < NR(commands) && argc > 1; i++) {
        const struct command *c = &commands[i];
        *words = c->name ? 3 : 2;
        if (strcmp(argv[1], c->group) == 0 &&
            (!c->name || (argc > 2 && strcmp(argv[2], c->name) == 0)))
            return c;
    }
    return NULL;
}

int main(int argc, char **argv)
{
    struct options o = {0};
    int words;
    if (argc > 1 && strcmp(argv[1], "--version") == 0) {
        printf("anchorhold %s\n", AH_VERSION_STRING);
        return EXIT_DONE;
    }
    if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0)) {
        usage(stdout);
        return EXIT_DONE;
    }
    const struct command *c = command_find(argc, argv, &words);
    if (!c) {
        if (argc > 1)
            say_error("there is no command %s%s%s", argv[1], argc > 2 ? " " : "",
                      argc > 2 ? argv[2] : "");
        usage(stderr);
        return EXIT_USAGE;
    }
    int status = options_read(&o, c, argc - words, argv + words);
    if (status != EXIT_DONE)
        return status < 0 ? EXIT_DONE : status;
    status = module_open(&o);
    if (status == EXIT_DONE)
        status = c->run(&o);
    module_close();
    if (fflush(stdout) != 0 && status == EXIT_DONE) {
        say_error("cannot write to standard output");
        status = EXIT_FAILED;
    }
    return status;
}
