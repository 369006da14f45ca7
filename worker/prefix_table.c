#include "worker/prefix_table.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

/* IPv4: few prefixes are compared one after the other, four at a time; many are a trie of 16, 8 and 8 bits of which the
 * lower levels are bitmaps (10 000 prefixes far apart from each other: 1.2 MB).
 * IPv6: disjoint prefixes in order, found by an index on the bits that follow what all of them share. */
enum { LINEAR_V4 = 24, TOP_SIZE = 1 << 16, TOP_OUT = 0, TOP_IN = 0xffff, PREFIXES_MAX = 65000, INDEX_BITS_MAX = 15 };

struct address {
	uint64_t high, low;
};

struct range {
	struct address net, mask;
};

struct block {                                /* 8 bits below an entry of top */
	uint64_t in[4], partial[4];           /* 256 bits each: wholly inside; has a leaf */
	uint32_t first_leaf;
	uint8_t before[4];                    /* partial bits in the words before */
};

struct leaf {
	uint64_t in[4];
};

struct prefix_table {
	uint32_t *nets, *masks;               /* [linear_count], in groups of four */
	size_t linear_count;
	uint16_t *top;                        /* [TOP_SIZE]; NULL: linear */
	struct block *blocks;
	struct leaf *leaves;
	struct range *ranges;                 /* IPv6, [range_count], sorted, disjoint */
	size_t range_count;
	uint32_t *index;                      /* [(1 << index_bits) + 1]: first range at or behind that value */
	unsigned shared_bits, index_bits;
	struct address shared, shared_mask;
};

static struct address address_load(const uint8_t *bytes)
{
	struct address address;

	memcpy(&address.high, bytes, 8);
	memcpy(&address.low, bytes + 8, 8);
	return (struct address){ be64toh(address.high), be64toh(address.low) };
}

static bool is_v4(struct address address)
{
	return address.high == 0 && address.low >> 32 == 0xffff;
}

static struct address mask_of(unsigned length)
{
	return (struct address){
		length >= 64 ? UINT64_MAX : length == 0 ? 0 : UINT64_MAX << (64 - length),
		length <= 64 ? 0 : UINT64_MAX << (128 - length),
	};
}

static bool range_holds(const struct range *range, struct address address)
{
	return (address.high & range->mask.high) == range->net.high && (address.low & range->mask.low) == range->net.low;
}

static int address_compare(struct address a, struct address b)
{
	if (a.high != b.high)
		return a.high < b.high ? -1 : 1;
	return (a.low > b.low) - (a.low < b.low);
}

/* By address, then the wider first. */
static int range_compare(const void *left, const void *right)
{
	const struct range *a = left, *b = right;
	int order = address_compare(a->net, b->net);

	return order != 0 ? order : address_compare(a->mask, b->mask);
}

/* The prefixes of one family, sorted and without those that lie in another one. */
static size_t collect(const struct prefix *prefixes, size_t count, bool v4, struct range *ranges)
{
	size_t all = 0, left = 0;

	for (size_t i = 0; i < count; i++) {
		struct address address = address_load(prefixes[i].address);
		struct address mask = mask_of(prefixes[i].length > 128 ? 128 : prefixes[i].length);

		if ((is_v4(address) && prefixes[i].length >= 96) == v4)
			ranges[all++] = (struct range){ { address.high & mask.high, address.low & mask.low }, mask };
	}
	qsort(ranges, all, sizeof(*ranges), range_compare);
	for (size_t i = 0; i < all; i++)
		if (left == 0 || !range_holds(&ranges[left - 1], ranges[i].net))
			ranges[left++] = ranges[i];
	return left;
}

/* ---- IPv4 ---- */

static int build_linear(struct prefix_table *table, const struct range *ranges, size_t count)
{
	size_t padded = (count + 3) & ~(size_t)3;

	if (count == 0)
		return 0;
	table->nets = malloc(padded * sizeof(*table->nets));
	table->masks = malloc(padded * sizeof(*table->masks));
	if (table->nets == NULL || table->masks == NULL)
		return ERR_NO_MEMORY;
	for (size_t i = 0; i < padded; i++) {
		/* the padding masks everything away and compares it with 1 */
		table->nets[i] = i < count ? (uint32_t)ranges[i].net.low : 1;
		table->masks[i] = i < count ? (uint32_t)ranges[i].mask.low : 0;
	}
	table->linear_count = padded;
	return 0;
}

static void set_bits(uint64_t *words, unsigned first, unsigned count)
{
	for (unsigned i = first; i < first + count; i++)
		words[i / 64] |= 1ULL << i % 64;
}

static bool bit(const uint64_t *words, unsigned index)
{
	return words[index / 64] >> index % 64 & 1;
}

static void count_before(struct block *block)
{
	for (unsigned i = 1; i < 4; i++)
		block->before[i] = (uint8_t)(block->before[i - 1] + __builtin_popcountll(block->partial[i - 1]));
}

/* Ranges come in order, so a block and its leaves are finished before the next begins. */
static void fill_trie(struct prefix_table *table, const struct range *ranges, size_t count)
{
	uint32_t blocks = 0, leaves = 0;

	for (size_t i = 0; i < count; i++) {
		uint32_t net = (uint32_t)ranges[i].net.low, size = ~(uint32_t)ranges[i].mask.low;
		unsigned middle = net >> 8 & 0xff;
		struct block *block;

		if (size >= 0xffff) {
			for (uint32_t entry = net >> 16; entry <= (net + size) >> 16; entry++)
				table->top[entry] = TOP_IN;
			continue;
		}
		if (table->top[net >> 16] == TOP_OUT) {
			table->top[net >> 16] = (uint16_t)++blocks;
			table->blocks[blocks - 1].first_leaf = leaves;
		}
		block = &table->blocks[blocks - 1];
		if (size >= 0xff) {
			set_bits(block->in, middle, (size >> 8) + 1);
			continue;
		}
		if (!bit(block->partial, middle)) {
			set_bits(block->partial, middle, 1);
			leaves++;
		}
		set_bits(table->leaves[leaves - 1].in, net & 0xff, size + 1);
	}
	for (uint32_t i = 0; i < blocks; i++)
		count_before(&table->blocks[i]);
}

static int build_v4(struct prefix_table *table, const struct range *ranges, size_t count)
{
	if (count <= LINEAR_V4)
		return build_linear(table, ranges, count);
	table->top = calloc(TOP_SIZE, sizeof(*table->top));
	table->blocks = calloc(count, sizeof(*table->blocks));
	table->leaves = calloc(count, sizeof(*table->leaves));
	if (table->top == NULL || table->blocks == NULL || table->leaves == NULL)
		return ERR_NO_MEMORY;
	fill_trie(table, ranges, count);
	return 0;
}

/* Four at a time; the compiler turns these into whatever the machine has for it. */
typedef uint32_t lanes __attribute__((vector_size(16)));

static bool linear_contains(const struct prefix_table *table, uint32_t address)
{
	lanes wanted = { address, address, address, address };
	lanes found = { 0 };
	uint64_t any[2];

	for (size_t i = 0; i < table->linear_count; i += 4) {
		lanes mask, net;

		memcpy(&mask, table->masks + i, sizeof(mask));
		memcpy(&net, table->nets + i, sizeof(net));
		found |= (lanes)((wanted & mask) == net);
	}
	memcpy(any, &found, sizeof(any));
	return (any[0] | any[1]) != 0;
}

static bool trie_contains(const struct prefix_table *table, uint32_t address)
{
	uint16_t entry = table->top[address >> 16];
	unsigned middle = address >> 8 & 0xff, word = middle / 64;
	const struct block *block;
	uint32_t leaf;

	if (entry == TOP_OUT || entry == TOP_IN)
		return entry == TOP_IN;
	block = &table->blocks[entry - 1];
	if (!bit(block->partial, middle))
		return bit(block->in, middle);
	leaf = block->first_leaf + block->before[word]
		+ (uint32_t)__builtin_popcountll(block->partial[word] & ((1ULL << middle % 64) - 1));
	return bit(table->leaves[leaf].in, address & 0xff);
}

/* ---- IPv6 ---- */

/* The index_bits bits that follow the shared ones. */
static uint32_t index_of(const struct prefix_table *table, struct address address)
{
	unsigned skip = table->shared_bits;
	uint64_t bits;

	if (skip >= 64)
		bits = address.low << (skip - 64);
	else if (skip == 0)
		bits = address.high;
	else
		bits = address.high << skip | address.low >> (64 - skip);
	return (uint32_t)(bits >> (64 - table->index_bits));
}

static unsigned shared_bits(struct address a, struct address b)
{
	if (a.high != b.high)
		return (unsigned)__builtin_clzll(a.high ^ b.high);
	return a.low == b.low ? 128 : 64 + (unsigned)__builtin_clzll(a.low ^ b.low);
}

static int build_index(struct prefix_table *table)
{
	const struct range *ranges = table->ranges;
	size_t count = table->range_count, next = 0;

	/* two disjoint prefixes differ within the length of the shorter, so less than 128 bits are shared */
	table->shared_bits = count > 1 ? shared_bits(ranges[0].net, ranges[count - 1].net) : 0;
	table->shared_mask = mask_of(table->shared_bits);
	table->shared = (struct address){ ranges[0].net.high & table->shared_mask.high,
		ranges[0].net.low & table->shared_mask.low };
	table->index_bits = 1;
	while (table->index_bits < INDEX_BITS_MAX && (size_t)1 << table->index_bits < count * 2)
		table->index_bits++;
	table->index = malloc((((size_t)1 << table->index_bits) + 1) * sizeof(*table->index));
	if (table->index == NULL)
		return ERR_NO_MEMORY;
	for (uint32_t value = 0; value < 1u << table->index_bits; value++) {
		while (next < count && index_of(table, ranges[next].net) < value)
			next++;
		table->index[value] = (uint32_t)next;
	}
	table->index[1u << table->index_bits] = (uint32_t)count;
	return 0;
}

static int build_v6(struct prefix_table *table, const struct range *ranges, size_t count)
{
	if (count == 0)
		return 0;
	table->ranges = malloc(count * sizeof(*ranges));
	if (table->ranges == NULL)
		return ERR_NO_MEMORY;
	memcpy(table->ranges, ranges, count * sizeof(*ranges));
	table->range_count = count;
	return build_index(table);
}

static bool v6_contains(const struct prefix_table *table, struct address address)
{
	uint32_t low, high;

	if (table->range_count == 0 || (address.high & table->shared_mask.high) != table->shared.high
	    || (address.low & table->shared_mask.low) != table->shared.low)
		return false;
	low = table->index[index_of(table, address)];
	high = table->index[index_of(table, address) + 1];
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (address_compare(table->ranges[middle].net, address) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low > 0 && range_holds(&table->ranges[low - 1], address);
}

int prefix_table_new(struct prefix_table **table, const struct prefix *prefixes, size_t count, struct err *err)
{
	struct range *ranges = NULL;
	int error = ERR_NO_MEMORY;

	if (count > PREFIXES_MAX)
		return err_set(err, ERR_LIMIT, "%zu prefixes; at most %d are possible", count, PREFIXES_MAX);
	*table = calloc(1, sizeof(**table));
	ranges = malloc((count + 1) * sizeof(*ranges));
	if (*table == NULL || ranges == NULL)
		goto out;
	error = build_v4(*table, ranges, collect(prefixes, count, true, ranges));
	if (error == 0)
		error = build_v6(*table, ranges, collect(prefixes, count, false, ranges));
out:
	free(ranges);
	if (error != 0) {
		prefix_table_free(table);
		err_set(err, error, "no memory for %zu prefixes", count);
	}
	return error;
}

void prefix_table_free(struct prefix_table **table)
{
	struct prefix_table *old = *table;

	*table = NULL;
	if (old == NULL)
		return;
	free(old->nets);
	free(old->masks);
	free(old->top);
	free(old->blocks);
	free(old->leaves);
	free(old->ranges);
	free(old->index);
	free(old);
}

bool prefix_table_contains(const struct prefix_table *table, const uint8_t bytes[16])
{
	struct address address = address_load(bytes);

	if (!is_v4(address))
		return v6_contains(table, address);
	if (table->top != NULL)
		return trie_contains(table, (uint32_t)address.low);
	return linear_contains(table, (uint32_t)address.low);
}
