// Attention of many rows that read beginnings of one list, on tensor cores.
//
// One block takes one tile (consecutive rows, TILE_PAIRS (row, query head) pairs at most) and one key head. Four
// warps of 16 pairs each; keys and values come 64 at a time, gathered from their slots into shared memory while
// the 64 before are worked on. Softmax is online, in f32.

#if ELEMENT != 3

#define TILE_PAIRS 64
#define TILE_KEYS 64
// 16 bytes more than a head, so that eight rows of one matrix lie in different banks.
#define TILE_STRIDE (HEAD_PAD + 8)
#define TILE_STEPS (HEAD_PAD / 16)

__device__ __forceinline__ void copy_async(u32 to, const void* from, bool wanted) {
    // Of size 0: fills up with zeros.
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(to), "l"(from), "r"(wanted ? 16 : 0));
}

__device__ __forceinline__ void load_matrices(u32* out, u32 from) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(out[0]), "=r"(out[1]), "=r"(out[2]), "=r"(out[3])
                 : "r"(from));
}

__device__ __forceinline__ void load_transposed(u32* out, u32 from) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(out[0]), "=r"(out[1]), "=r"(out[2]), "=r"(out[3])
                 : "r"(from));
}

// c[16×8] += a[16×16] · b[16×8]
__device__ __forceinline__ void multiply_add(float* c, const u32* a, const u32* b) {
#if ELEMENT == 1
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "
#else
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 "
#endif
                 "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
                 : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

__device__ __forceinline__ u32 pack(float low, float high) {
    u32 both;
#if ELEMENT == 1
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(both) : "f"(high), "f"(low));
#else
    asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(both) : "f"(high), "f"(low));
#endif
    return both;
}

struct TileMemory {
    element keys[2][TILE_KEYS][TILE_STRIDE];
    element values[2][TILE_KEYS][TILE_STRIDE];
    u32 entries[2][TILE_KEYS];
};

// Starts the copy of 64 keys and values; `list` holds `count` slots from the first of them on.
__device__ __forceinline__ void fetch(TileMemory& memory, int stage, const u32* list, int count,
                                      const element* keys, const element* values) {
    const int chunks = HEAD_PAD / 8;
    const u32 key_base = (u32)__cvta_generic_to_shared(&memory.keys[stage][0][0]);
    const u32 value_base = (u32)__cvta_generic_to_shared(&memory.values[stage][0][0]);
#pragma unroll
    for (int i = threadIdx.x; i < TILE_KEYS * chunks; i += 128) {
        const int key = i / chunks, chunk = i % chunks;
        const bool wanted = key < count;
        const u32 slot = wanted ? list[key] & ~BIASED : 0;
        const size_t from = (size_t)slot * KV_HEADS * HEAD_PAD + chunk * 8;
        const u32 to = (key * TILE_STRIDE + chunk * 8) * sizeof(element);
        copy_async(key_base + to, keys + from, wanted);
        copy_async(value_base + to, values + from, wanted);
    }
    if (threadIdx.x < TILE_KEYS) memory.entries[stage][threadIdx.x] = threadIdx.x < count ? list[threadIdx.x] : 0;
    asm volatile("cp.async.commit_group;");
}

// grid (tiles, KV_HEADS), 128 threads; tiles: (first row, rows); sinks: null, or per head the score of one key more.
extern "C" __global__ void __launch_bounds__(128)
    attend_tiles(const element* qkv, const element* keys, const element* values, const u32* lists,
                 const uint2* reads, const float* bias, const uint2* tiles, const float* sinks,
                 element* out, float scale) {
    extern __shared__ __align__(16) unsigned char raw_memory[];
    TileMemory& memory = *reinterpret_cast<TileMemory*>(raw_memory);
    const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
    const int quad = lane % 4;
    const uint2 tile = tiles[blockIdx.x];
    const int kv_head = blockIdx.y;
    const int pairs = tile.y * GROUP;
    keys += kv_head * HEAD_PAD;
    values += kv_head * HEAD_PAD;

    // This thread's two pairs: their rows of the batch, how many keys they read, their bias.
    const u32 start = reads[tile.x].x;
    const int longest = reads[tile.x + tile.y - 1].y - start;
    u32 offset[2], queries[2];
    int length[2];
    float added[2];
#pragma unroll
    for (int i = 0; i < 2; i++) {
        const int pair = warp * 16 + lane / 4 + 8 * i;
        const bool real = pair < pairs;
        const u32 row = tile.x + (real ? pair / GROUP : 0);
        const u32 head = kv_head * GROUP + pair % GROUP;
        length[i] = real ? reads[row].y - start : 0;
        added[i] = real ? bias[row] * LOG2E : 0.0f;
        queries[i] = row * QKV_WIDTH + head * HEAD_DIM;
        offset[i] = real ? row * (HEADS * HEAD_DIM) + head * HEAD_DIM : ~0u;
    }
    const bool busy = warp * 16 < pairs;

    u32 query[TILE_STEPS][4];
#pragma unroll
    for (int step = 0; step < TILE_STEPS; step++) {
#pragma unroll
        for (int i = 0; i < 4; i++) {
            const int dim = step * 16 + quad * 2 + (i / 2) * 8;
            const bool real = offset[i % 2] != ~0u && dim < HEAD_DIM;
            query[step][i] = real ? *reinterpret_cast<const u32*>(qkv + queries[i % 2] + dim) : 0;
        }
    }
    float sums[2 * TILE_STEPS][4];
#pragma unroll
    for (int i = 0; i < 2 * TILE_STEPS; i++) sums[i][0] = sums[i][1] = sums[i][2] = sums[i][3] = 0.0f;
    float largest[2] = {-INFINITY_F, -INFINITY_F}, total[2] = {0.0f, 0.0f};
    scale *= LOG2E;

    const u32* list = lists + start;
    const int blocks = (longest + TILE_KEYS - 1) / TILE_KEYS;
    if (blocks > 0) fetch(memory, 0, list, longest, keys, values);
    for (int block = 0; block < blocks; block++) {
        const int stage = block % 2, first = block * TILE_KEYS;
        if (block + 1 < blocks) {
            const int next = first + TILE_KEYS;
            fetch(memory, 1 - stage, list + next, longest - next, keys, values);
            asm volatile("cp.async.wait_group 1;");
        } else {
            asm volatile("cp.async.wait_group 0;");
        }
        __syncthreads();
        if (busy) {
            // Scores of 16 pairs and 64 keys.
            float scores[TILE_KEYS / 8][4];
            const u32 key_base = (u32)__cvta_generic_to_shared(&memory.keys[stage][0][0]);
#pragma unroll
            for (int n = 0; n < TILE_KEYS / 16; n++) {
                float* low = scores[2 * n];
                float* high = scores[2 * n + 1];
#pragma unroll
                for (int i = 0; i < 4; i++) low[i] = high[i] = 0.0f;
                const int key = n * 16 + lane % 8 + (lane / 16) * 8, dim = (lane / 8 % 2) * 8;
#pragma unroll
                for (int step = 0; step < TILE_STEPS; step++) {
                    u32 b[4];
                    load_matrices(b, key_base + (key * TILE_STRIDE + step * 16 + dim) * 2);
                    multiply_add(low, query[step], b);
                    multiply_add(high, query[step], b + 2);
                }
            }
            float best[2] = {largest[0], largest[1]};
#pragma unroll
            for (int n = 0; n < TILE_KEYS / 8; n++) {
#pragma unroll
                for (int i = 0; i < 4; i++) {
                    const int key = n * 8 + quad * 2 + i % 2;
                    float score = bend_score(scores[n][i] * scale);
                    if (memory.entries[stage][key] & BIASED) score += added[i / 2];
                    if (first + key >= length[i / 2]) score = -INFINITY_F;
                    scores[n][i] = score;
                    best[i / 2] = fmaxf(best[i / 2], score);
                }
            }
            float shift[2];
#pragma unroll
            for (int i = 0; i < 2; i++) {
                best[i] = fmaxf(best[i], __shfl_xor_sync(ALL_LANES, best[i], 1));
                best[i] = fmaxf(best[i], __shfl_xor_sync(ALL_LANES, best[i], 2));
                shift[i] = best[i] == -INFINITY_F ? 0.0f : best[i];
                const float fade = exp2f(largest[i] - shift[i]);
                largest[i] = best[i];
                total[i] *= fade;
#pragma unroll
                for (int n = 0; n < 2 * TILE_STEPS; n++) {
                    sums[n][2 * i] *= fade;
                    sums[n][2 * i + 1] *= fade;
                }
            }
#pragma unroll
            for (int n = 0; n < TILE_KEYS / 8; n++) {
#pragma unroll
                for (int i = 0; i < 4; i++) {
                    scores[n][i] = exp2f(scores[n][i] - shift[i / 2]);
                    total[i / 2] += scores[n][i];
                }
            }
            const u32 value_base = (u32)__cvta_generic_to_shared(&memory.values[stage][0][0]);
#pragma unroll
            for (int k = 0; k < TILE_KEYS / 16; k++) {
                const u32 a[4] = {pack(scores[2 * k][0], scores[2 * k][1]), pack(scores[2 * k][2], scores[2 * k][3]),
                                  pack(scores[2 * k + 1][0], scores[2 * k + 1][1]),
                                  pack(scores[2 * k + 1][2], scores[2 * k + 1][3])};
                const int key = k * 16 + lane % 16, dim = (lane / 16) * 8;
#pragma unroll
                for (int n = 0; n < TILE_STEPS; n++) {
                    u32 b[4];
                    load_transposed(b, value_base + (key * TILE_STRIDE + n * 16 + dim) * 2);
                    multiply_add(sums[2 * n], a, b);
                    multiply_add(sums[2 * n + 1], a, b + 2);
                }
            }
        }
        __syncthreads();
    }
#pragma unroll
    for (int i = 0; i < 2; i++) {
        total[i] += __shfl_xor_sync(ALL_LANES, total[i], 1);
        total[i] += __shfl_xor_sync(ALL_LANES, total[i], 2);
        if (offset[i] == ~0u) continue;
        float share = total[i] == 0.0f ? 0.0f : 1.0f / total[i];
        if (sinks != nullptr) {
            const int pair = warp * 16 + lane / 4 + 8 * i;
            const float sink = sinks[kv_head * GROUP + pair % GROUP] * LOG2E;
            const float best = fmaxf(largest[i], sink);
            const float fade = exp2f(largest[i] - best);
            share = fade / (total[i] * fade + exp2f(sink - best));
        }
#pragma unroll
        for (int n = 0; n < 2 * TILE_STEPS; n++) {
            const int dim = n * 8 + quad * 2;
            if (dim < HEAD_DIM) {
                const u32 both = pack(sums[n][2 * i] * share, sums[n][2 * i + 1] * share);
                *reinterpret_cast<u32*>(out + offset[i] + dim) = both;
            }
        }
    }
}

#endif
