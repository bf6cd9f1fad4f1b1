// Attention of rows that each read a list of their own: decoding, and everything in f32.
//
// One block takes one row, the query heads of one key head (MEMBERS of them) and one part of the row's keys. A
// *team* of lanes holds one head across its lanes and takes every TEAMS-th key; running softmax per team, merged
// over the teams at the end, and over the parts by `merge_parts`.

// Query heads of one block: as many of the group as fit in registers.
#if GROUP <= 8
#define MEMBERS GROUP
#elif GROUP % 8 == 0
#define MEMBERS 8
#elif GROUP % 4 == 0
#define MEMBERS 4
#else
#define MEMBERS 1
#endif

#define SPLIT_THREADS 128
#define HEAD_VECS (HEAD_PAD / VEC)
// Lanes of a team, and vectors of a head per lane.
#define LANES (HEAD_VECS <= 2 ? 2 : HEAD_VECS <= 4 ? 4 : HEAD_VECS <= 8 ? 8 : HEAD_VECS <= 16 ? 16 : 32)
#define LANE_VECS ((HEAD_VECS + LANES - 1) / LANES)
#define LANE_DIMS (LANE_VECS * VEC)
#define TEAMS (SPLIT_THREADS / LANES)
// Keys of one team under way at once.
#define AHEAD (LANE_VECS > 1 ? 2 : 6)

// Rows whose scores on marked keys change by more than a bias: s becomes c = s · inverse_t + number, and then
// c + excess · ln Σ exp c over these keys. `inverse_t` 0: the row is an ordinary one. `base`: where in `numbers` the
// number of the key at 0 of `lists` would stand.

// excess · ln Σ exp c per row and head, times log2(e): `more` [rows, HEADS]. grid (rows, HEADS), 128 threads: a warp holds
// the head across its lanes and takes every fourth key.
extern "C" __global__ void __launch_bounds__(128)
    temper_heads(const element* qkv, const element* keys, const u32* lists, const uint2* reads, const u32* rows,
                 const float* inverse_t, const float* excess, const u32* base, const float* numbers, float* more,
                 float scale) {
    __shared__ float2 of_warp[4];
    const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
    const u32 row = rows == nullptr ? blockIdx.x : rows[blockIdx.x];
    const int head = blockIdx.y;
    float* result = more + (size_t)row * HEADS + head;
    if (inverse_t[row] == 0.0f || excess[row] == 0.0f) {
        if (threadIdx.x == 0) *result = 0.0f;
        return;
    }
    const int each = (HEAD_DIM + 31) / 32;
    const element* head_query = qkv + (size_t)row * QKV_WIDTH + head * HEAD_DIM;
    float query[each];
#pragma unroll
    for (int i = 0; i < each; i++) {
        const int dim = lane + 32 * i;
        query[i] = dim < HEAD_DIM ? widen(head_query[dim]) * scale * LOG2E : 0.0f;
    }
    keys += head / GROUP * HEAD_PAD;
    const uint2 read = reads[row];
    float largest = -INFINITY_F, total = 0.0f;
    for (u32 at = read.x + warp; at < read.y; at += 4) {
        const u32 entry = lists[at];
        if (!(entry & BIASED)) continue;
        const element* key = keys + (size_t)(entry & ~BIASED) * KV_HEADS * HEAD_PAD;
        float score = 0.0f;
#pragma unroll
        for (int i = 0; i < each; i++) {
            const int dim = lane + 32 * i;
            if (dim < HEAD_DIM) score += query[i] * widen(key[dim]);
        }
        score = bend_score(warp_sum(score)) * inverse_t[row] + numbers[base[row] + at] * LOG2E;
        const float best = fmaxf(largest, score);
        const float shift = best == -INFINITY_F ? 0.0f : best;
        total = total * exp2f(largest - shift) + exp2f(score - shift);
        largest = best;
    }
    if (lane == 0) of_warp[warp] = make_float2(largest, total);
    __syncthreads();
    if (threadIdx.x != 0) return;
    for (int other = 1; other < 4; other++) {
        const float best = fmaxf(largest, of_warp[other].x);
        const float shift = best == -INFINITY_F ? 0.0f : best;
        total = total * exp2f(largest - shift) + of_warp[other].y * exp2f(of_warp[other].x - shift);
        largest = best;
    }
    *result = total == 0.0f ? 0.0f : excess[row] * (largest + log2f(total));
}

// A lane's share of the heads of one block or warp: queries and running sums, the largest scores and Σ 2^(score − largest).
struct Running {
    float query[MEMBERS][LANE_DIMS], sums[MEMBERS][LANE_DIMS], largest[MEMBERS], total[MEMBERS];
};

// The dimension of a head that a lane's i-th number belongs to.
__device__ __forceinline__ int dim_of(int i) { return (i / VEC * LANES + threadIdx.x % LANES) * VEC + i % VEC; }

// What changes the scores of a tempered row's marked keys: they are multiplied with `factor`; `of_head` is added per head,
// `numbers` per key.
struct Tempered {
    float factor, of_head[MEMBERS];
    const float* numbers;
};

// Takes the keys from `begin` to `end` of a list into account, those whose turn it is for team `team` of `teams`. `keys` and
// `values` begin at the head; `added` belongs to marked keys.
template <bool TEMPERED>
__device__ __forceinline__ void take_keys(Running& r, const element* qkv, u32 row, int first_head, const element* keys,
                                          const element* values, const u32* list, int begin, int end, int team, int teams,
                                          float added, float scale, const Tempered& tempered) {
    const int lane = threadIdx.x % LANES;
#pragma unroll
    for (int m = 0; m < MEMBERS; m++) {
        const element* head = qkv + (size_t)row * QKV_WIDTH + (first_head + m) * HEAD_DIM;
        r.largest[m] = -INFINITY_F;
        r.total[m] = 0.0f;
#pragma unroll
        for (int i = 0; i < LANE_DIMS; i++) {
            const int dim = dim_of(i);
            r.query[m][i] = dim < HEAD_DIM ? widen(head[dim]) * scale : 0.0f;
            r.sums[m][i] = 0.0f;
        }
    }
    for (int base = begin; base < end; base += teams * AHEAD) {
        Vec key[AHEAD][LANE_VECS], value[AHEAD][LANE_VECS];
        u32 entry[AHEAD];
#pragma unroll
        for (int a = 0; a < AHEAD; a++) {
            const int at = base + a * teams + team;
            entry[a] = list[at < end ? at : begin];
        }
#pragma unroll
        for (int a = 0; a < AHEAD; a++) {
            const size_t slot = (size_t)(entry[a] & ~BIASED) * KV_HEADS * HEAD_PAD;
#pragma unroll
            for (int v = 0; v < LANE_VECS; v++) {
                const int dim = (v * LANES + lane) * VEC;
                // Lanes behind the head read its start; their queries are 0 and their sums are not kept.
                key[a][v] = load(keys + slot + (dim < HEAD_PAD ? dim : 0));
                value[a][v] = load(values + slot + (dim < HEAD_PAD ? dim : 0));
            }
        }
        float scores[AHEAD][MEMBERS];
#pragma unroll
        for (int a = 0; a < AHEAD; a++) {
#pragma unroll
            for (int m = 0; m < MEMBERS; m++) scores[a][m] = 0.0f;
#pragma unroll
            for (int v = 0; v < LANE_VECS; v++) {
                float wide[VEC];
                widen(key[a][v], wide);
#pragma unroll
                for (int m = 0; m < MEMBERS; m++) {
#pragma unroll
                    for (int i = 0; i < VEC; i++) scores[a][m] += r.query[m][v * VEC + i] * wide[i];
                }
            }
        }
#pragma unroll
        for (int a = 0; a < AHEAD; a++) {
            const int at = base + a * teams + team;
            const bool real = at < end;
            const bool marked = entry[a] & BIASED;
            const bool bent = TEMPERED && marked && tempered.factor != 0.0f;
            float extra = marked ? added : 0.0f;
            if (bent && real) extra = tempered.numbers[at] * LOG2E;
#pragma unroll
            for (int m = 0; m < MEMBERS; m++) {
#pragma unroll
                for (int step = LANES / 2; step > 0; step /= 2)
                    scores[a][m] += __shfl_xor_sync(ALL_LANES, scores[a][m], step);
                float score = bend_score(scores[a][m]);
                if (bent) score = score * tempered.factor + tempered.of_head[m];
                scores[a][m] = real ? score + extra : -INFINITY_F;
            }
        }
#pragma unroll
        for (int m = 0; m < MEMBERS; m++) {
            float best = r.largest[m];
#pragma unroll
            for (int a = 0; a < AHEAD; a++) best = fmaxf(best, scores[a][m]);
            const float shift = best == -INFINITY_F ? 0.0f : best;
            const float fade = exp2f(r.largest[m] - shift);
            r.largest[m] = best;
            r.total[m] *= fade;
#pragma unroll
            for (int i = 0; i < LANE_DIMS; i++) r.sums[m][i] *= fade;
#pragma unroll
            for (int a = 0; a < AHEAD; a++) {
                scores[a][m] = exp2f(scores[a][m] - shift);
                r.total[m] += scores[a][m];
            }
        }
#pragma unroll
        for (int a = 0; a < AHEAD; a++) {
#pragma unroll
            for (int v = 0; v < LANE_VECS; v++) {
                float wide[VEC];
                widen(value[a][v], wide);
#pragma unroll
                for (int m = 0; m < MEMBERS; m++) {
#pragma unroll
                    for (int i = 0; i < VEC; i++) r.sums[m][v * VEC + i] += scores[a][m] * wide[i];
                }
            }
        }
    }
}

// What `attend_split` and `attend_tempered` do; see there.
template <bool TEMPERED>
__device__ __forceinline__ void
    attend_lists(const element* qkv, const element* keys, const element* values, const u32* lists,
                 const uint2* reads, const float* bias, const u32* rows, const u32* targets, const float* sinks,
                 element* out, float* part_sums, float2* part_totals, float scale, const float* inverse_t,
                 const u32* base, const float* numbers, const float* more) {
    __shared__ float team_largest[TEAMS][MEMBERS], team_total[TEAMS][MEMBERS];
    __shared__ float team_sums[TEAMS][MEMBERS][LANES * LANE_DIMS];
    const int lane = threadIdx.x % LANES, team = threadIdx.x / LANES;
    const u32 row = rows == nullptr ? blockIdx.x : rows[blockIdx.x];
    const int first_head = blockIdx.y * MEMBERS;
    const int kv_head = first_head / GROUP;
    const uint2 read = reads[row];
    const int count = read.y - read.x;
    const int part = (count + gridDim.z - 1) / gridDim.z;
    const int begin = min(count, (int)blockIdx.z * part), end = min(count, begin + part);
    Tempered tempered = {};
    if (TEMPERED) {
        tempered.factor = inverse_t[row];
        tempered.numbers = numbers + base[row] + read.x;
#pragma unroll
        for (int m = 0; m < MEMBERS; m++) tempered.of_head[m] = more[(size_t)row * HEADS + first_head + m];
    }
    Running r;
    take_keys<TEMPERED>(r, qkv, row, first_head, keys + kv_head * HEAD_PAD, values + kv_head * HEAD_PAD, lists + read.x,
                        begin, end, team, TEAMS, bias[row] * LOG2E, scale * LOG2E, tempered);
#pragma unroll
    for (int m = 0; m < MEMBERS; m++) {
        if (lane == 0) {
            team_largest[team][m] = r.largest[m];
            team_total[team][m] = r.total[m];
        }
#pragma unroll
        for (int i = 0; i < LANE_DIMS; i++) team_sums[team][m][dim_of(i)] = r.sums[m][i];
    }
    __syncthreads();
    for (int i = threadIdx.x; i < MEMBERS * HEAD_DIM; i += SPLIT_THREADS) {
        const int m = i / HEAD_DIM, dim = i % HEAD_DIM;
        float best = -INFINITY_F;
        for (int t = 0; t < TEAMS; t++) best = fmaxf(best, team_largest[t][m]);
        // Several parts meet the sink when they are merged.
        const bool sinks_here = sinks != nullptr && gridDim.z == 1;
        const float sink = sinks_here ? sinks[first_head + m] * LOG2E : -INFINITY_F;
        best = fmaxf(best, sink);
        const float shift = best == -INFINITY_F ? 0.0f : best;
        float sum = 0.0f, all = sinks_here ? exp2f(sink - shift) : 0.0f;
        for (int t = 0; t < TEAMS; t++) {
            const float fade = exp2f(team_largest[t][m] - shift);
            sum += fade * team_sums[t][m][dim];
            all += fade * team_total[t][m];
        }
        if (gridDim.z == 1) {
            const size_t target = targets == nullptr ? blockIdx.x : targets[blockIdx.x];
            const size_t at = (target * HEADS + first_head + m) * HEAD_DIM + dim;
            out[at] = narrow(all == 0.0f ? 0.0f : sum / all);
        } else {
            const size_t at = ((size_t)blockIdx.x * gridDim.z + blockIdx.z) * HEADS + first_head + m;
            part_sums[at * HEAD_DIM + dim] = sum;
            if (dim == 0) part_totals[at] = make_float2(best, all);
        }
    }
}

// grid (rows, HEADS / MEMBERS, parts). `rows` names the batch's rows, `targets` the rows of `out`
// [rows, HEADS · HEAD_DIM]; null: all in order. `sinks`, null or one per head, are scores of one key more of value 0. With
// more parts than one the result goes to `part_sums` [rows, parts, HEADS, HEAD_DIM] and `part_totals` [rows, parts, HEADS]
// (largest score, total).
extern "C" __global__ void __launch_bounds__(SPLIT_THREADS)
    attend_split(const element* qkv, const element* keys, const element* values, const u32* lists,
                 const uint2* reads, const float* bias, const u32* rows, const u32* targets, const float* sinks,
                 element* out, float* part_sums, float2* part_totals, float scale) {
    let_next_start();
    wait_for_previous();
    attend_lists<false>(qkv, keys, values, lists, reads, bias, rows, targets, sinks, out, part_sums, part_totals,
                        scale, nullptr, nullptr, nullptr, nullptr);
}

// The same, behind `temper_heads`.
extern "C" __global__ void __launch_bounds__(SPLIT_THREADS)
    attend_tempered(const element* qkv, const element* keys, const element* values, const u32* lists,
                    const uint2* reads, const float* bias, const u32* rows, const u32* targets, const float* sinks,
                    element* out, float* part_sums, float2* part_totals, float scale, const float* inverse_t,
                    const u32* base, const float* numbers, const float* more) {
    attend_lists<true>(qkv, keys, values, lists, reads, bias, rows, targets, sinks, out, part_sums, part_totals,
                       scale, inverse_t, base, numbers, more);
}

// One warp takes one row and the query heads of one key head: for many rows that have few keys each. grid: rows · HEADS /
// MEMBERS warps; SPLIT_THREADS threads. The result goes to the last part of each row by `parts` [rows + 1]. Nothing that
// the kernel before writes is read, so both run at once; whoever comes next finds both complete.
extern "C" __global__ void __launch_bounds__(SPLIT_THREADS)
    attend_own(const element* qkv, const element* keys, const element* values, const u32* lists, const uint2* reads,
               const float* bias, const u32* parts, float* part_sums, float2* part_totals, int rows, float scale) {
    const int blocks = HEADS / MEMBERS;
    const u32 unit = blockIdx.x * (SPLIT_THREADS / 32) + threadIdx.x / 32;
    const u32 row = unit / blocks;
    if (row >= rows) return wait_for_previous();
    const int first_head = unit % blocks * MEMBERS;
    const int kv_head = first_head / GROUP;
    const uint2 read = reads[row];
    Running r;
    take_keys<false>(r, qkv, row, first_head, keys + kv_head * HEAD_PAD, values + kv_head * HEAD_PAD, lists + read.x, 0,
                     read.y - read.x, threadIdx.x % 32 / LANES, 32 / LANES, bias[row] * LOG2E, scale * LOG2E, {});
    const u32 part = parts[row + 1] - 1;
#pragma unroll
    for (int m = 0; m < MEMBERS; m++) {
        // The warp's teams become one.
#pragma unroll
        for (int step = LANES; step < 32; step *= 2) {
            const float other = __shfl_xor_sync(ALL_LANES, r.largest[m], step);
            const float best = fmaxf(r.largest[m], other);
            const float shift = best == -INFINITY_F ? 0.0f : best;
            const float fade = exp2f(r.largest[m] - shift), of_other = exp2f(other - shift);
            r.largest[m] = best;
            r.total[m] = r.total[m] * fade + __shfl_xor_sync(ALL_LANES, r.total[m], step) * of_other;
#pragma unroll
            for (int i = 0; i < LANE_DIMS; i++)
                r.sums[m][i] = r.sums[m][i] * fade + __shfl_xor_sync(ALL_LANES, r.sums[m][i], step) * of_other;
        }
        const size_t at = (size_t)part * HEADS + first_head + m;
        if (threadIdx.x % 32 == 0) part_totals[at] = make_float2(r.largest[m], r.total[m]);
        if (threadIdx.x % 32 >= LANES) continue;
#pragma unroll
        for (int i = 0; i < LANE_DIMS; i++)
            if (dim_of(i) < HEAD_DIM) part_sums[at * HEAD_DIM + dim_of(i)] = r.sums[m][i];
    }
    wait_for_previous();
}

// Parts that are read at once.
#define MERGE_AHEAD 8

// grid (rows, HEADS), HEAD_DIM threads rounded up to warps. `part_sums` and `part_totals` as above; a row has `each` parts,
// or those from `parts[row]` to `parts[row + 1]`.
extern "C" __global__ void merge_parts(const float* part_sums, const float2* part_totals, const u32* parts, int each,
                                       const u32* targets, const float* sinks, element* out) {
    let_next_start();
    wait_for_previous();
    if (threadIdx.x >= HEAD_DIM) return;
    const u32 row = blockIdx.x, head = blockIdx.y;
    const u32 first = parts == nullptr ? row * each : parts[row], end = parts == nullptr ? first + each : parts[row + 1];
    float best = sinks == nullptr ? -INFINITY_F : sinks[head] * LOG2E;
    float sum = 0.0f, all = sinks == nullptr ? 0.0f : 1.0f;
    for (u32 base = first; base < end; base += MERGE_AHEAD) {
        float2 total[MERGE_AHEAD];
        float sums[MERGE_AHEAD];
#pragma unroll
        for (int a = 0; a < MERGE_AHEAD; a++) {
            const bool real = base + a < end;
            const size_t at = (size_t)(real ? base + a : base) * HEADS + head;
            total[a] = part_totals[at];
            sums[a] = part_sums[at * HEAD_DIM + threadIdx.x];
            if (!real) total[a].x = -INFINITY_F;
        }
        float largest = best;
#pragma unroll
        for (int a = 0; a < MERGE_AHEAD; a++) largest = fmaxf(largest, total[a].x);
        const float shift = largest == -INFINITY_F ? 0.0f : largest;
        const float fade = exp2f(best - shift);
        best = largest;
        sum *= fade;
        all *= fade;
#pragma unroll
        for (int a = 0; a < MERGE_AHEAD; a++) {
            const float of_part = exp2f(total[a].x - shift);
            sum += of_part * sums[a];
            all += of_part * total[a].y;
        }
    }
    const size_t target = targets == nullptr ? row : targets[row];
    out[(target * HEADS + head) * HEAD_DIM + threadIdx.x] = narrow(all == 0.0f ? 0.0f : sum / all);
}
