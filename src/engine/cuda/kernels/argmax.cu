// From logits to the five best tokens of each group of rows; of equals the lowest id.

#define TOP 5
#define ARGMAX_THREADS 256
#define ARGMAX_EACH 16
#define ARGMAX_PART (ARGMAX_THREADS * ARGMAX_EACH)
#define NOBODY 0xffffffffu
#define FUSE_MEAN 0
#define FUSE_MAX 1
#define FUSE_WEIGHTED 2
#define FUSE_MEAN_PROBABILITY 3

struct Candidate {
    float value;
    u32 id;
};

__device__ __forceinline__ bool beats(const Candidate& a, const Candidate& b) {
    return a.value > b.value || (a.value == b.value && a.id < b.id);
}

// The block's best candidate, the same for every thread.
__device__ __forceinline__ Candidate block_best(Candidate mine, Candidate* shared) {
#pragma unroll
    for (int step = 16; step > 0; step /= 2) {
        Candidate other;
        other.value = __shfl_xor_sync(ALL_LANES, mine.value, step);
        other.id = __shfl_xor_sync(ALL_LANES, mine.id, step);
        if (beats(other, mine)) mine = other;
    }
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

// grid (groups, parts). groups: (first row, rows, fuse, first weight). Out, per group and part: five candidates,
// and (largest, Σ e^(value − largest)) of the part; (∞, NaN) where a logit is not finite, which goes on to the result.
extern "C" __global__ void argmax_parts(const float* logits, const uint4* groups, const float* weights,
                                        const float2* row_sums, Candidate* part_best, float2* part_sums,
                                        int vocabulary) {
    __shared__ Candidate shared[32];
    __shared__ float sums[32];
    const uint4 group = groups[blockIdx.x];
    const float* rows = logits + (size_t)group.x * vocabulary;
    const int first = blockIdx.y * ARGMAX_PART + threadIdx.x;
    float values[ARGMAX_EACH];
    bool finite = true;
#pragma unroll
    for (int i = 0; i < ARGMAX_EACH; i++) {
        const int id = first + i * ARGMAX_THREADS;
        float value = -INFINITY_F;
        if (id < vocabulary) {
            if (group.y == 1 && group.z == FUSE_MEAN) {
                value = rows[id];
                finite &= is_finite(value);
            } else {
                value = 0.0f;
                for (u32 row = 0; row < group.y; row++) {
                    const float logit = rows[(size_t)row * vocabulary + id];
                    finite &= is_finite(logit);
                    if (group.z == FUSE_MAX) {
                        const float2 sum = row_sums[group.x + row];
                        value = fmaxf(value, expf(logit - sum.x - sum.y));
                    } else if (group.z == FUSE_MEAN_PROBABILITY) {
                        const float2 sum = row_sums[group.x + row];
                        value += expf(logit - sum.x - sum.y);
                    } else if (group.z == FUSE_WEIGHTED) {
                        value += logit * weights[group.w + row];
                    } else {
                        value += logit;
                    }
                }
                if (group.z == FUSE_MEAN || group.z == FUSE_MEAN_PROBABILITY) value *= 1.0f / group.y;
            }
        }
        values[i] = value;
    }
    float largest = -INFINITY_F;
#pragma unroll
    for (int i = 0; i < ARGMAX_EACH; i++) largest = fmaxf(largest, values[i]);
    largest = block_max(largest, sums);
    float sum = 0.0f;
#pragma unroll
    for (int i = 0; i < ARGMAX_EACH; i++) sum += expf(values[i] - largest);
    sum = block_sum(sum, sums);
    const size_t part = (size_t)blockIdx.x * gridDim.y + blockIdx.y;
    finite = __syncthreads_and(finite);
    if (threadIdx.x == 0) part_sums[part] = finite ? make_float2(largest, sum) : make_float2(INFINITY_F, NAN_F);
    for (int place = 0; place < TOP; place++) {
        Candidate mine = {-INFINITY_F, NOBODY};
#pragma unroll
        for (int i = 0; i < ARGMAX_EACH; i++)
            if (values[i] > mine.value) mine = {values[i], (u32)(first + i * ARGMAX_THREADS)};
        const Candidate best = block_best(mine, shared);
        if (threadIdx.x == 0) part_best[part * TOP + place] = best;
#pragma unroll
        for (int i = 0; i < ARGMAX_EACH; i++)
            if (best.id == (u32)(first + i * ARGMAX_THREADS)) values[i] = -INFINITY_F;
    }
}

// grid (groups), 128 threads. Out, per group: five ids, five values, largest, ln Σ e^(value − largest).
extern "C" __global__ void merge_argmax(const Candidate* part_best, const float2* part_sums, u32* out, int parts) {
    __shared__ Candidate shared[32];
    __shared__ float sums[32];
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
            out[place] = last.id;
            out[TOP + place] = __float_as_uint(last.value);
        }
    }
    if (threadIdx.x == 0) {
        out[2 * TOP] = __float_as_uint(largest);
        out[2 * TOP + 1] = __float_as_uint(logf(sum));
    }
}
