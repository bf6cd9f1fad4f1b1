// From logits to the five best tokens of each group of rows; of equals the lowest id. Or to one that is drawn: the
// numbers of `engine/draw.rs`, with the race p / E run on the logarithms.

#define TOP 5
#define ARGMAX_THREADS 256
#define ARGMAX_WARPS (ARGMAX_THREADS / 32)
#define ARGMAX_EACH 16
#define ARGMAX_PART (ARGMAX_THREADS * ARGMAX_EACH)
#define NOBODY 0xffffffffu
#define FUSE_MEAN 0
#define FUSE_MAX 1
#define FUSE_WEIGHTED 2
#define FUSE_MEAN_PROBABILITY 3
#define FUSE_DRAWN 4

struct Candidate {
    float value;
    u32 id;
};

// A draw from a group's one row, among the weights.
struct Draw {
    u32 key_low, key_high;
    float inverse_temperature;
    float top_p;
    // Logits below this are left out.
    float least;
};

// Number `counter` of SplitMix64 from `key` on.
__device__ __forceinline__ u64 mixed(u64 key, u64 counter) {
    u64 z = key + (counter + 1) * 0x9e3779b97f4a7c15ull;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
}

// −ln E of a token, E exponentially distributed.
__device__ __forceinline__ float head_start(const Draw& draw, u32 id) {
    const u64 key = ((u64)draw.key_high << 32) | draw.key_low;
    const float hashed = ((float)(u32)(mixed(key, id) >> 32) + 0.5f) * 2.3283064365386963e-10f;
    return -logf(-log1pf(-fminf(hashed, 0.99999994f)));
}

// Floats by their size as whole numbers, and back.
__device__ __forceinline__ u32 ordered(float value) {
    const u32 bits = __float_as_uint(value);
    return bits & 0x80000000u ? ~bits : bits | 0x80000000u;
}

__device__ __forceinline__ float of_ordered(u32 bits) {
    return __uint_as_float(bits & 0x80000000u ? bits ^ 0x80000000u : ~bits);
}

__device__ __forceinline__ bool beats(const Candidate& a, const Candidate& b) {
    return a.value > b.value || (a.value == b.value && a.id < b.id);
}

// The warp's best candidate, the same for every lane.
__device__ __forceinline__ Candidate warp_best(Candidate mine) {
#pragma unroll
    for (int step = 16; step > 0; step /= 2) {
        Candidate other;
        other.value = __shfl_xor_sync(ALL_LANES, mine.value, step);
        other.id = __shfl_xor_sync(ALL_LANES, mine.id, step);
        if (beats(other, mine)) mine = other;
    }
    return mine;
}

// The block's best candidate, the same for every thread.
__device__ __forceinline__ Candidate block_best(Candidate mine, Candidate* shared) {
    mine = warp_best(mine);
    if (threadIdx.x % 32 == 0) shared[threadIdx.x / 32] = mine;
    __syncthreads();
    Candidate best = shared[0];
    for (int warp = 1; warp < blockDim.x / 32; warp++)
        if (beats(shared[warp], best)) best = shared[warp];
    __syncthreads();
    return best;
}

// grid (rows): (largest logit, ln Σ e^(logit − largest)) of each row.
extern "C" __global__ void sum_rows(const float* logits, float2* sums, int vocabulary) {
    __shared__ float shared[32];
    const float* row = logits + (size_t)blockIdx.x * vocabulary;
    float largest = -INFINITY_F;
    for (int i = threadIdx.x; i < vocabulary; i += blockDim.x) largest = fmaxf(largest, row[i]);
    largest = block_max(largest, shared);
    float sum = 0.0f;
    for (int i = threadIdx.x; i < vocabulary; i += blockDim.x) sum += expf(row[i] - largest);
    sum = block_sum(sum, shared);
    if (threadIdx.x == 0) sums[blockIdx.x] = make_float2(largest, logf(sum));
}

// grid (groups). Finds for each draw the least logit of the nucleus: the largest l with Σ p over logits from l on ≥ top_p.
// The sum falls step by step from one logit to the next, so halving the range of all floats ends at a logit.
extern "C" __global__ void nucleus(const float* logits, const uint4* groups, float* weights, int vocabulary) {
    __shared__ float shared[32];
    const uint4 group = groups[blockIdx.x];
    if (group.z != FUSE_DRAWN) return;
    Draw* draw = reinterpret_cast<Draw*>(weights + group.w);
    const float top_p = draw->top_p;
    const float inverse = draw->inverse_temperature;
    if (top_p >= 1.0f) return;
    const float* row = logits + (size_t)group.x * vocabulary;
    float largest = -INFINITY_F;
    for (int i = threadIdx.x; i < vocabulary; i += blockDim.x) largest = fmaxf(largest, row[i]);
    largest = block_max(largest, shared);
    // All logits are at least the one, none is at least the other.
    u32 in = 0, out = 0xffffffffu;
    float all = 0.0f;
    for (int i = threadIdx.x; i < vocabulary; i += blockDim.x) all += expf((row[i] - largest) * inverse);
    all = block_sum(all, shared);
    while (out - in > 1) {
        const u32 middle = in + (out - in) / 2;
        float sum = 0.0f;
        for (int i = threadIdx.x; i < vocabulary; i += blockDim.x)
            if (ordered(row[i]) >= middle) sum += expf((row[i] - largest) * inverse);
        sum = block_sum(sum, shared);
        if (sum >= top_p * all)
            in = middle;
        else
            out = middle;
    }
    if (threadIdx.x == 0) draw->least = of_ordered(in);
}

// grid (groups, parts). groups: (first row, rows, fuse, first weight). Out, per group and part: five candidates,
// and (largest, Σ e^(value − largest)) of the part; (∞, NaN) where a logit is not finite, which goes on to the result.
extern "C" __global__ void argmax_parts(const float* logits, const uint4* groups, const float* weights,
                                        const float2* row_sums, Candidate* part_best, float2* part_sums,
                                        int vocabulary) {
    __shared__ Candidate of_warps[ARGMAX_WARPS * TOP];
    __shared__ float2 sum_of_warp[ARGMAX_WARPS];
    const uint4 group = groups[blockIdx.x];
    const float* rows = logits + (size_t)group.x * vocabulary;
    const int first = blockIdx.y * ARGMAX_PART + threadIdx.x;
    float values[ARGMAX_EACH];
    bool finite = true;
#pragma unroll
    for (int i = 0; i < ARGMAX_EACH; i++) values[i] = 0.0f;
    for (u32 row = 0; row < group.y; row++) {
        // All loads of a row are under way before the first is used.
        float read[ARGMAX_EACH];
#pragma unroll
        for (int i = 0; i < ARGMAX_EACH; i++) {
            const int id = first + i * ARGMAX_THREADS;
            read[i] = id < vocabulary ? rows[(size_t)row * vocabulary + id] : 0.0f;
            finite &= is_finite(read[i]);
        }
        if (group.z == FUSE_MAX || group.z == FUSE_MEAN_PROBABILITY) {
            const float2 sum = row_sums[group.x + row];
#pragma unroll
            for (int i = 0; i < ARGMAX_EACH; i++) {
                const float p = expf(read[i] - sum.x - sum.y);
                values[i] = group.z == FUSE_MAX ? fmaxf(values[i], p) : values[i] + p;
            }
        } else {
            const float weight = group.z == FUSE_WEIGHTED ? weights[group.w + row] : 1.0f;
#pragma unroll
            for (int i = 0; i < ARGMAX_EACH; i++) values[i] += read[i] * weight;
        }
    }
    const bool is_mean = group.y > 1 && (group.z == FUSE_MEAN || group.z == FUSE_MEAN_PROBABILITY);
#pragma unroll
    for (int i = 0; i < ARGMAX_EACH; i++) {
        if (is_mean) values[i] *= 1.0f / group.y;
        if (first + i * ARGMAX_THREADS >= vocabulary) values[i] = -INFINITY_F;
    }
    float largest = -INFINITY_F;
#pragma unroll
    for (int i = 0; i < ARGMAX_EACH; i++) largest = fmaxf(largest, values[i]);
    largest = warp_max(largest);
    const float shift = largest == -INFINITY_F ? 0.0f : largest;
    float sum = 0.0f;
#pragma unroll
    for (int i = 0; i < ARGMAX_EACH; i++) sum += expf(values[i] - shift);
    sum = warp_sum(sum);
    finite = __all_sync(ALL_LANES, finite);
    const int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
    if (lane == 0) sum_of_warp[warp] = finite ? make_float2(largest, sum) : make_float2(INFINITY_F, NAN_F);
    if (group.z == FUSE_DRAWN) {
        const Draw draw = *reinterpret_cast<const Draw*>(weights + group.w);
#pragma unroll
        for (int i = 0; i < ARGMAX_EACH; i++) {
            const int id = first + i * ARGMAX_THREADS;
            if (id >= vocabulary) continue;
            const float scaled = values[i] * draw.inverse_temperature;
            values[i] = values[i] < draw.least ? -INFINITY_F : scaled + head_start(draw, id);
        }
    }
    for (int place = 0; place < TOP; place++) {
        Candidate mine = {-INFINITY_F, NOBODY};
#pragma unroll
        for (int i = 0; i < ARGMAX_EACH; i++)
            if (values[i] > mine.value) mine = {values[i], (u32)(first + i * ARGMAX_THREADS)};
        const Candidate best = warp_best(mine);
        if (lane == 0) of_warps[warp * TOP + place] = best;
#pragma unroll
        for (int i = 0; i < ARGMAX_EACH; i++)
            if (best.id == (u32)(first + i * ARGMAX_THREADS)) values[i] = -INFINITY_F;
    }
    __syncthreads();
    // The first warp merges what the warps found, candidates two per lane.
    if (warp > 0) return;
    const size_t part = (size_t)blockIdx.x * gridDim.y + blockIdx.y;
    float2 mine = lane < ARGMAX_WARPS ? sum_of_warp[lane] : make_float2(-INFINITY_F, 0.0f);
    // A logit that is not finite makes the largest infinite, and ∞ − ∞ is NaN.
    largest = warp_max(mine.x);
    sum = warp_sum(mine.x == -INFINITY_F ? 0.0f : mine.y * expf(mine.x - largest));
    if (lane == 0) part_sums[part] = make_float2(largest, sum);
    const Candidate nobody = {-INFINITY_F, NOBODY};
    Candidate one = of_warps[lane];
    Candidate other = lane + 32 < ARGMAX_WARPS * TOP ? of_warps[lane + 32] : nobody;
    for (int place = 0; place < TOP; place++) {
        const Candidate best = warp_best(beats(other, one) ? other : one);
        if (lane == 0) part_best[part * TOP + place] = best;
        if (one.id == best.id) one = nobody;
        if (other.id == best.id) other = nobody;
    }
}

// grid (groups), 128 threads. Out, per group: five ids, five values, largest, ln Σ e^(value − largest). Where a token is
// drawn it is the only one, and its value is its logit.
extern "C" __global__ void merge_argmax(const float* logits, const uint4* groups, const Candidate* part_best,
                                        const float2* part_sums, u32* out, int parts, int vocabulary) {
    __shared__ Candidate shared[32];
    __shared__ float sums[32];
    const uint4 group = groups[blockIdx.x];
    const bool drawn = group.z == FUSE_DRAWN;
    part_best += (size_t)blockIdx.x * parts * TOP;
    part_sums += (size_t)blockIdx.x * parts;
    out += (size_t)blockIdx.x * (2 * TOP + 2);
    float largest = -INFINITY_F;
    for (int part = threadIdx.x; part < parts; part += blockDim.x) largest = fmaxf(largest, part_sums[part].x);
    largest = block_max(largest, sums);
    float sum = 0.0f;
    for (int part = threadIdx.x; part < parts; part += blockDim.x)
        sum += part_sums[part].y * expf(part_sums[part].x - largest);
    sum = block_sum(sum, sums);
    Candidate last = {INFINITY_F, 0};
    for (int place = 0; place < TOP; place++) {
        // The best of those that come after the one before.
        Candidate mine = {-INFINITY_F, NOBODY};
        for (int i = threadIdx.x; i < parts * TOP; i += blockDim.x) {
            const Candidate other = part_best[i];
            if (other.id != NOBODY && beats(last, other) && beats(other, mine)) mine = other;
        }
        last = block_best(mine, shared);
        if (threadIdx.x == 0) {
            const bool has_row = drawn && last.id != NOBODY;
            const float value = has_row ? logits[(size_t)group.x * vocabulary + last.id] : last.value;
            out[place] = drawn && place > 0 ? NOBODY : last.id;
            out[TOP + place] = __float_as_uint(value);
        }
    }
    if (threadIdx.x == 0) {
        out[2 * TOP] = __float_as_uint(largest);
        out[2 * TOP + 1] = __float_as_uint(logf(sum));
    }
}
