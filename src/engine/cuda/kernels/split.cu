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
#define AHEAD (LANE_VECS > 1 ? 2 : 4)

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

// What `attend_split` and `attend_tempered` do; see there.
template <bool TEMPERED>
__device__ __forceinline__ void
    attend_lists(const element* qkv, const element* keys, const element* values, const u32* lists,
                 const uint2* reads, const float* bias, const u32* rows, const u32* targets, const float* sinks,
                 element* out, float* part_sums, float2* part_totals, const u32* joined, float scale,
                 const float* inverse_t, const u32* base, const float* numbers, const float* more) {
    __shared__ float team_largest[TEAMS][MEMBERS], team_total[TEAMS][MEMBERS];
    __shared__ float team_sums[TEAMS][MEMBERS][LANES * LANE_DIMS];
    const int lane = threadIdx.x % LANES, team = threadIdx.x / LANES;
    const u32 row = rows == nullptr ? blockIdx.x : rows[blockIdx.x];
    const int first_head = blockIdx.y * MEMBERS;
    const int kv_head = first_head / GROUP;
    const uint2 read = reads[row];
    const float added = bias[row] * LOG2E;
    const int count = read.y - read.x;
    const int part = (count + gridDim.z - 1) / gridDim.z;
    const int begin = min(count, (int)blockIdx.z * part), end = min(count, begin + part);
    keys += kv_head * HEAD_PAD;
    values += kv_head * HEAD_PAD;
    scale *= LOG2E;

    // Of a tempered row: what its marked keys' scores are multiplied with, and what is added per head and per key.
    float factor = 0.0f, of_head[MEMBERS];
    if (TEMPERED) {
        factor = inverse_t[row];
        numbers += base[row] + read.x;
#pragma unroll
        for (int m = 0; m < MEMBERS; m++) of_head[m] = more[(size_t)row * HEADS + first_head + m];
    }

    float query[MEMBERS][LANE_DIMS], sums[MEMBERS][LANE_DIMS], largest[MEMBERS], total[MEMBERS];
#pragma unroll
    for (int m = 0; m < MEMBERS; m++) {
        const element* head = qkv + (size_t)row * QKV_WIDTH + (first_head + m) * HEAD_DIM;
        largest[m] = -INFINITY_F;
        total[m] = 0.0f;
#pragma unroll
        for (int i = 0; i < LANE_DIMS; i++) {
            const int dim = (i / VEC * LANES + lane) * VEC + i % VEC;
            query[m][i] = dim < HEAD_DIM ? widen(head[dim]) * scale : 0.0f;
            sums[m][i] = 0.0f;
        }
    }
    const u32* list = lists + read.x;
    for (int base = begin; base < end; base += TEAMS * AHEAD) {
        Vec key[AHEAD][LANE_VECS], value[AHEAD][LANE_VECS];
        u32 entry[AHEAD];
#pragma unroll
        for (int a = 0; a < AHEAD; a++) {
            const int at = base + a * TEAMS + team;
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
                    for (int i = 0; i < VEC; i++) scores[a][m] += query[m][v * VEC + i] * wide[i];
                }
            }
        }
#pragma unroll
        for (int a = 0; a < AHEAD; a++) {
            const bool real = base + a * TEAMS + team < end;
            const bool marked = entry[a] & BIASED;
            const bool tempered = TEMPERED && marked && factor != 0.0f;
            float extra = marked ? added : 0.0f;
            if (tempered && real) extra = numbers[base + a * TEAMS + team] * LOG2E;
#pragma unroll
            for (int m = 0; m < MEMBERS; m++) {
#pragma unroll
                for (int step = LANES / 2; step > 0; step /= 2)
                    scores[a][m] += __shfl_xor_sync(ALL_LANES, scores[a][m], step);
                float score = bend_score(scores[a][m]);
                if (tempered) score = score * factor + of_head[m];
                scores[a][m] = real ? score + extra : -INFINITY_F;
            }
        }
#pragma unroll
        for (int m = 0; m < MEMBERS; m++) {
            float best = largest[m];
#pragma unroll
            for (int a = 0; a < AHEAD; a++) best = fmaxf(best, scores[a][m]);
            const float shift = best == -INFINITY_F ? 0.0f : best;
            const float fade = exp2f(largest[m] - shift);
            largest[m] = best;
            total[m] *= fade;
#pragma unroll
            for (int i = 0; i < LANE_DIMS; i++) sums[m][i] *= fade;
#pragma unroll
            for (int a = 0; a < AHEAD; a++) {
                scores[a][m] = exp2f(scores[a][m] - shift);
                total[m] += scores[a][m];
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
                    for (int i = 0; i < VEC; i++) sums[m][v * VEC + i] += scores[a][m] * wide[i];
                }
            }
        }
    }
#pragma unroll
    for (int m = 0; m < MEMBERS; m++) {
        if (lane == 0) {
            team_largest[team][m] = largest[m];
            team_total[team][m] = total[m];
        }
#pragma unroll
        for (int i = 0; i < LANE_DIMS; i++) {
            const int dim = (i / VEC * LANES + lane) * VEC + i % VEC;
            team_sums[team][m][dim] = sums[m][i];
        }
    }
    __syncthreads();
    for (int i = threadIdx.x; i < MEMBERS * HEAD_DIM; i += SPLIT_THREADS) {
        const int m = i / HEAD_DIM, dim = i % HEAD_DIM;
        float best = -INFINITY_F;
        for (int t = 0; t < TEAMS; t++) best = fmaxf(best, team_largest[t][m]);
        const u32 first_joined = joined == nullptr ? 0 : joined[row], end_joined = joined == nullptr ? 0 : joined[row + 1];
        for (u32 p = first_joined; p < end_joined; p++)
            best = fmaxf(best, part_totals[(size_t)p * HEADS + first_head + m].x);
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
        for (u32 p = first_joined; p < end_joined; p++) {
            const size_t at = (size_t)p * HEADS + first_head + m;
            const float2 total = part_totals[at];
            const float fade = exp2f(total.x - shift);
            sum += fade * part_sums[at * HEAD_DIM + dim];
            all += fade * total.y;
        }
        if (gridDim.z == 1) {
            const size_t target = targets == nullptr ? blockIdx.x : targets[blockIdx.x];
            const size_t at = (target * HEADS + first_head + m) * HEAD_DIM + dim;
            out[at] = narrow(all == 0.0f ? 0.0f : sum / all);
        } else {
            const size_t at = ((size_t)blockIdx.x * HEADS + first_head + m) * gridDim.z + blockIdx.z;
            part_sums[at * HEAD_DIM + dim] = sum;
            if (dim == 0) part_totals[at] = make_float2(best, all);
        }
    }
}

// grid (rows, HEADS / MEMBERS, parts). `rows` names the batch's rows, `targets` the rows of `out`
// [rows, HEADS · HEAD_DIM]; null: all in order. `sinks`, null or one per head, are scores of one key more of value 0. With
// more parts than one the result goes to `part_sums` [rows, HEADS, parts, HEAD_DIM] and `part_totals` [rows, HEADS, parts]
// (largest score, total). Where rows have parts of `attend_joint`, `joined` [rows + 1] says which: they are merged here.
extern "C" __global__ void __launch_bounds__(SPLIT_THREADS)
    attend_split(const element* qkv, const element* keys, const element* values, const u32* lists,
                 const uint2* reads, const float* bias, const u32* rows, const u32* targets, const float* sinks,
                 element* out, float* part_sums, float2* part_totals, const u32* joined, float scale) {
    let_next_start();
    wait_for_previous();
    attend_lists<false>(qkv, keys, values, lists, reads, bias, rows, targets, sinks, out, part_sums, part_totals,
                        joined, scale, nullptr, nullptr, nullptr, nullptr);
}

// The same, behind `temper_heads`.
extern "C" __global__ void __launch_bounds__(SPLIT_THREADS)
    attend_tempered(const element* qkv, const element* keys, const element* values, const u32* lists,
                    const uint2* reads, const float* bias, const u32* rows, const u32* targets, const float* sinks,
                    element* out, float* part_sums, float2* part_totals, float scale, const float* inverse_t,
                    const u32* base, const float* numbers, const float* more) {
    attend_lists<true>(qkv, keys, values, lists, reads, bias, rows, targets, sinks, out, part_sums, part_totals,
                       nullptr, scale, inverse_t, base, numbers, more);
}

// grid (rows, HEADS), HEAD_DIM threads rounded up to warps.
extern "C" __global__ void merge_parts(const float* part_sums, const float2* part_totals, const u32* targets,
                                       const float* sinks, element* out, int parts) {
    let_next_start();
    wait_for_previous();
    if (threadIdx.x >= HEAD_DIM) return;
    const size_t head = (size_t)blockIdx.x * HEADS + blockIdx.y;
    part_totals += head * parts;
    part_sums += head * parts * HEAD_DIM + threadIdx.x;
    float best = -INFINITY_F;
    for (int part = 0; part < parts; part++) best = fmaxf(best, part_totals[part].x);
    const float sink = sinks == nullptr ? -INFINITY_F : sinks[blockIdx.y] * LOG2E;
    best = fmaxf(best, sink);
    const float shift = best == -INFINITY_F ? 0.0f : best;
    float sum = 0.0f, all = sinks == nullptr ? 0.0f : exp2f(sink - shift);
    for (int part = 0; part < parts; part++) {
        const float fade = exp2f(part_totals[part].x - shift);
        sum += fade * part_sums[(size_t)part * HEAD_DIM];
        all += fade * part_totals[part].y;
    }
    const size_t target = targets == nullptr ? blockIdx.x : targets[blockIdx.x];
    out[(target * HEADS + blockIdx.y) * HEAD_DIM + threadIdx.x] = narrow(all == 0.0f ? 0.0f : sum / all);
}
