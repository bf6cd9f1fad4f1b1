// The steps between matrix products, one block per row.

// x[row] = table[tokens[row]] · scale; hidden is a multiple of VEC.
extern "C" __global__ void embed(const element* table, const u32* tokens, element* x, int hidden, float scale) {
    const element* from = table + (size_t)tokens[blockIdx.x] * hidden;
    element* to = x + (size_t)blockIdx.x * hidden;
    for (int i = threadIdx.x * VEC; i < hidden; i += blockDim.x * VEC) {
        Vec vec = load(from + i);
        if (scale != 1.0f) {
            float values[VEC];
            widen(vec, values);
#pragma unroll
            for (int j = 0; j < VEC; j++) values[j] *= scale;
            vec = narrow(values);
        }
        store(to + i, vec);
    }
}

// to[row] = from[rows[row]]
extern "C" __global__ void gather(const element* from, const u32* rows, element* to, int hidden) {
    const element* source = from + (size_t)rows[blockIdx.x] * hidden;
    element* target = to + (size_t)blockIdx.x * hidden;
    for (int i = threadIdx.x * VEC; i < hidden; i += blockDim.x * VEC) store(target + i, load(source + i));
}

// Vectors of a row that a thread of 256 keeps in registers: rows of up to 8,192 elements of 16 bits.
#define NORM_KEPT 4

// values · scale · weight[i..]
__device__ __forceinline__ void scaled(float* values, float scale, const float* weight) {
#pragma unroll
    for (int j = 0; j < VEC; j += 4) {
        const float4 four = *reinterpret_cast<const float4*>(weight + j);
        values[j] *= scale * four.x;
        values[j + 1] *= scale * four.y;
        values[j + 2] *= scale * four.z;
        values[j + 3] *= scale * four.w;
    }
}

// out[row] = x[row] · weight / rms(x[row])
extern "C" __global__ void __launch_bounds__(256) rms_norm(const element* x, const float* weight, element* out, int hidden, float eps) {
    __shared__ float shared[32];
    x += (size_t)blockIdx.x * hidden;
    out += (size_t)blockIdx.x * hidden;
    const int first = threadIdx.x * VEC, stride = 256 * VEC;
    Vec kept[NORM_KEPT];
    float squares = 0.0f;
#pragma unroll
    for (int k = 0; k < NORM_KEPT; k++) {
        const int i = first + k * stride;
        if (i < hidden) kept[k] = load(x + i);
    }
#pragma unroll
    for (int k = 0; k < NORM_KEPT; k++) {
        if (first + k * stride >= hidden) break;
        float values[VEC];
        widen(kept[k], values);
#pragma unroll
        for (int j = 0; j < VEC; j++) squares += values[j] * values[j];
    }
    for (int i = first + NORM_KEPT * stride; i < hidden; i += stride) {
        float values[VEC];
        widen(load(x + i), values);
#pragma unroll
        for (int j = 0; j < VEC; j++) squares += values[j] * values[j];
    }
    const float scale = rsqrtf(block_sum(squares, shared) / hidden + eps);
#pragma unroll
    for (int k = 0; k < NORM_KEPT; k++) {
        const int i = first + k * stride;
        if (i >= hidden) break;
        float values[VEC];
        widen(kept[k], values);
        scaled(values, scale, weight + i);
        store(out + i, narrow(values));
    }
    for (int i = first + NORM_KEPT * stride; i < hidden; i += stride) {
        float values[VEC];
        widen(load(x + i), values);
        scaled(values, scale, weight + i);
        store(out + i, narrow(values));
    }
}

// x[row] += y[row] · weight / rms(y[row])
extern "C" __global__ void add_normed(element* x, const element* y, const float* weight, int hidden, float eps) {
    __shared__ float shared[32];
    x += (size_t)blockIdx.x * hidden;
    y += (size_t)blockIdx.x * hidden;
    float squares = 0.0f;
    for (int i = threadIdx.x * VEC; i < hidden; i += blockDim.x * VEC) {
        float values[VEC];
        widen(load(y + i), values);
#pragma unroll
        for (int j = 0; j < VEC; j++) squares += values[j] * values[j];
    }
    const float scale = rsqrtf(block_sum(squares, shared) / hidden + eps);
    for (int i = threadIdx.x * VEC; i < hidden; i += blockDim.x * VEC) {
        float values[VEC], sums[VEC];
        widen(load(y + i), values);
        widen(load(x + i), sums);
#pragma unroll
        for (int j = 0; j < VEC; j++) sums[j] += values[j] * scale * weight[i + j];
        store(x + i, narrow(sums));
    }
}

// Normalises `width` numbers of every row of qkv from `first` on, in place: all query or all key heads together.
extern "C" __global__ void norm_heads(element* qkv, const float* weight, int first, int width, float eps) {
    __shared__ float shared[32];
    element* part = qkv + (size_t)blockIdx.x * QKV_WIDTH + first;
    float squares = 0.0f;
    for (int i = threadIdx.x; i < width; i += blockDim.x) {
        const float value = widen(part[i]);
        squares += value * value;
    }
    const float scale = rsqrtf(block_sum(squares, shared) / width + eps);
    for (int i = threadIdx.x; i < width; i += blockDim.x) part[i] = narrow(widen(part[i]) * scale * weight[i]);
}

// logits = c · tanh(logits / c), c = LOGIT_CAP
extern "C" __global__ void bend_logits(float* logits, int vocabulary) {
    const float cap = __uint_as_float(LOGIT_CAP);
    float* row = logits + (size_t)blockIdx.x * vocabulary;
    for (int i = threadIdx.x; i < vocabulary; i += blockDim.x) row[i] = cap * tanhf(row[i] / cap);
}

// qkv[row] += bias
extern "C" __global__ void add_bias(element* rows, const float* bias, int width) {
    element* row = rows + (size_t)blockIdx.x * width;
    for (int i = threadIdx.x; i < width; i += blockDim.x) row[i] = narrow(widen(row[i]) + bias[i]);
}

// Normalises single heads (where there are weights), rotates queries in place, and puts rotated keys and plain
// values into their slots. One warp per head; the halves of a head are rotated against each other.
//
// A tile of attention multiplies keys that a row does not read with 0, and 0 · NaN is NaN: where a head's key or value
// is not finite, its key becomes NaN throughout, which reaches those that read it and nobody else, and its value 0.
extern "C" __global__ void rotate_and_store(element* qkv, const u32* positions, const u32* slots,
                                            const float* frequencies, const float* lengths, element* keys, element* values,
                                            const float* query_norm, const float* key_norm, float eps) {
    let_next_start();
    wait_for_previous();
    const int half = HEAD_DIM / 2;
    const int each = (half + 31) / 32;
    const int lane = threadIdx.x % 32;
    element* row = qkv + (size_t)blockIdx.x * QKV_WIDTH;
    const size_t slot = (size_t)slots[blockIdx.x] * KV_HEADS * HEAD_PAD;
    const float position = (float)positions[blockIdx.x];
    float sines[each], cosines[each];
#pragma unroll
    for (int i = 0; i < each; i++) {
        const int at = lane + 32 * i;
        sincosf(at < half ? position * frequencies[at] : 0.0f, &sines[i], &cosines[i]);
        const float length = at < half ? lengths[at] : 1.0f;
        sines[i] *= length;
        cosines[i] *= length;
    }
    for (int head = threadIdx.x / 32; head < HEADS + 2 * KV_HEADS; head += blockDim.x / 32) {
        element* from = row + head * HEAD_DIM;
        float low[each], high[each];
#pragma unroll
        for (int i = 0; i < each; i++) {
            const int at = lane + 32 * i;
            low[i] = at < half ? widen(from[at]) : 0.0f;
            high[i] = at < half ? widen(from[at + half]) : 0.0f;
        }
        if (head >= HEADS + KV_HEADS) {
            bool whole = true;
#pragma unroll
            for (int i = 0; i < each; i++) whole &= is_finite(low[i]) && is_finite(high[i]);
            whole = __all_sync(ALL_LANES, whole);
            element* to = values + slot + (head - HEADS - KV_HEADS) * HEAD_PAD;
#pragma unroll
            for (int i = 0; i < each; i++) {
                const int at = lane + 32 * i;
                if (at < half) {
                    to[at] = narrow(whole ? low[i] : 0.0f);
                    to[at + half] = narrow(whole ? high[i] : 0.0f);
                }
            }
            continue;
        }
        const float* norm = head < HEADS ? query_norm : key_norm;
        if (norm != nullptr) {
            float squares = 0.0f;
#pragma unroll
            for (int i = 0; i < each; i++) squares += low[i] * low[i] + high[i] * high[i];
            const float scale = rsqrtf(warp_sum(squares) / HEAD_DIM + eps);
#pragma unroll
            for (int i = 0; i < each; i++) {
                const int at = lane + 32 * i;
                low[i] *= at < half ? scale * norm[at] : 0.0f;
                high[i] *= at < half ? scale * norm[at + half] : 0.0f;
            }
        }
#if GROWTH_BETA
        if (head < HEADS) {
            const float grown = 1.0f + __uint_as_float(GROWTH_BETA) * logf(1.0f + positions[blockIdx.x] / GROWTH_LENGTH);
#pragma unroll
            for (int i = 0; i < each; i++) {
                low[i] *= grown;
                high[i] *= grown;
            }
        }
#endif
        element rotated_low[each], rotated_high[each];
#pragma unroll
        for (int i = 0; i < each; i++) {
            rotated_low[i] = narrow(low[i] * cosines[i] - high[i] * sines[i]);
            rotated_high[i] = narrow(high[i] * cosines[i] + low[i] * sines[i]);
        }
        element* to = from;
        if (head >= HEADS) {
            to = keys + slot + (head - HEADS) * HEAD_PAD;
            const element* value = from + KV_HEADS * HEAD_DIM;
            bool whole = true;
#pragma unroll
            for (int i = 0; i < each; i++) {
                const int at = lane + 32 * i;
                if (at < half)
                    whole &= is_finite(widen(rotated_low[i])) && is_finite(widen(rotated_high[i])) &&
                             is_finite(widen(value[at])) && is_finite(widen(value[at + half]));
            }
            if (!__all_sync(ALL_LANES, whole)) {
#pragma unroll
                for (int i = 0; i < each; i++) rotated_low[i] = rotated_high[i] = narrow(NAN_F);
            }
        }
#pragma unroll
        for (int i = 0; i < each; i++) {
            const int at = lane + 32 * i;
            if (at < half) {
                to[at] = rotated_low[i];
                to[at + half] = rotated_high[i];
            }
        }
    }
}

// out[row] = gated(both[row][..inner], both[row][inner..]); grid (rows, pieces), inner is a multiple of VEC.
extern "C" __global__ void gated_rows(const element* both, element* out, int inner) {
    const int at = (blockIdx.y * blockDim.x + threadIdx.x) * VEC;
    if (at >= inner) return;
    const element* row = both + (size_t)blockIdx.x * 2 * inner;
    float gate[VEC], up[VEC];
    widen(load(row + at), gate);
    widen(load(row + inner + at), up);
#pragma unroll
    for (int i = 0; i < VEC; i++) up[i] = gated(gate[i], up[i]);
    store(out + (size_t)blockIdx.x * inner + at, narrow(up));
}

// out[group] = Σ weight · row over the rows of each group. grid (groups); spans: first row, rows and first weight.
extern "C" __global__ void sum_groups(const element* rows, const u32* spans, const float* weights, element* out,
                                      int hidden) {
    const u32 first = spans[3 * blockIdx.x], count = spans[3 * blockIdx.x + 1];
    weights += spans[3 * blockIdx.x + 2];
    for (int i = threadIdx.x * VEC; i < hidden; i += blockDim.x * VEC) {
        float sum[VEC] = {};
        for (u32 row = 0; row < count; row++) {
            float values[VEC];
            widen(load(rows + (size_t)(first + row) * hidden + i), values);
#pragma unroll
            for (int j = 0; j < VEC; j++) sum[j] += weights[row] * values[j];
        }
        store(out + (size_t)blockIdx.x * hidden + i, narrow(sum));
    }
}

// Rows of each group become more alike: row += alpha · (mixed − row), mixed their mean or, `most`, their maximum. grid
// (groups, pieces). `groups`: first row and one past the last, among those that emit; `emit` names their places in
// `rows`, null: in order.
extern "C" __global__ void mix_rows(element* rows, const uint2* groups, const u32* emit, int width, float alpha,
                                    int most) {
    const int at = blockIdx.y * blockDim.x + threadIdx.x;
    if (at >= width) return;
    const uint2 group = groups[blockIdx.x];
    float mixed = most ? -INFINITY_F : 0.0f;
    for (u32 row = group.x; row < group.y; row++) {
        const float value = widen(rows[(size_t)(emit == nullptr ? row : emit[row]) * width + at]);
        mixed = most ? fmaxf(mixed, value) : mixed + value;
    }
    if (!most) mixed /= (float)(group.y - group.x);
    for (u32 row = group.x; row < group.y; row++) {
        element* value = rows + (size_t)(emit == nullptr ? row : emit[row]) * width + at;
        const float own = widen(*value);
        *value = narrow(own + alpha * (mixed - own));
    }
}
