// Matrix products with one to four rows: bound by reading the weights once, so one warp per output streams them.
//
// The rows stand in shared memory, normalised on the way there if the step before was a norm: every block repeats
// that small piece of work, which is cheaper than another kernel.

#define FEW_WARPS 8
// Vectors of weights per lane that are read ahead.
#define FEW_AHEAD 4
#define INTO_REPLACE 0
#define INTO_ADD 1
#define INTO_GATE 2
#define INTO_LOGITS 3

// Weights are read once: they need no place in the first cache.
__device__ __forceinline__ Vec load_once(const element* from) {
    Vec vec;
    asm volatile("ld.global.nc.L1::no_allocate.v4.u32 {%0, %1, %2, %3}, [%4];"
                 : "=r"(vec.raw.x), "=r"(vec.raw.y), "=r"(vec.raw.z), "=r"(vec.raw.w)
                 : "l"(from));
    return vec;
}

template <int ROWS>
__device__ __forceinline__ void stage(const element* x, const float* norm, float eps, int inputs, element* staged) {
    __shared__ float shared[32];
#pragma unroll
    for (int row = 0; row < ROWS; row++) {
        const element* from = x + (size_t)row * inputs;
        float scale = 1.0f;
        if (norm != nullptr) {
            float squares = 0.0f;
            for (int i = threadIdx.x * VEC; i < inputs; i += blockDim.x * VEC) {
                float values[VEC];
                widen(load(from + i), values);
#pragma unroll
                for (int j = 0; j < VEC; j++) squares += values[j] * values[j];
            }
            scale = rsqrtf(block_sum(squares, shared) / inputs + eps);
        }
        for (int i = threadIdx.x * VEC; i < inputs; i += blockDim.x * VEC) {
            Vec vec = load(from + i);
            if (norm != nullptr) {
                float values[VEC];
                widen(vec, values);
#pragma unroll
                for (int j = 0; j < VEC; j++) values[j] *= scale * norm[i + j];
                vec = narrow(values);
            }
            store(staged + row * inputs + i, vec);
        }
    }
    __syncthreads();
}

// The first weights of one output, under way before the rows are there.
struct Ahead {
    Vec weights[FEW_AHEAD];
};

__device__ __forceinline__ void begin(Ahead& ahead, const element* weight, int inputs) {
#pragma unroll
    for (int j = 0; j < FEW_AHEAD; j++) {
        const int i = (threadIdx.x % 32 + 32 * j) * VEC;
        if (i < inputs) ahead.weights[j] = load_once(weight + i);
    }
}

template <int ROWS>
__device__ __forceinline__ void add_products(const Vec& weight, const element* staged, int inputs, float* sums) {
    float w[VEC];
    widen(weight, w);
#pragma unroll
    for (int row = 0; row < ROWS; row++) {
        float values[VEC];
        widen(load(staged + row * inputs), values);
#pragma unroll
        for (int j = 0; j < VEC; j++) sums[row] += w[j] * values[j];
    }
}

template <int ROWS>
__device__ __forceinline__ void dot(const Ahead& ahead, const element* weight, const element* staged, int inputs,
                                    float* sums) {
#pragma unroll
    for (int row = 0; row < ROWS; row++) sums[row] = 0.0f;
#pragma unroll
    for (int j = 0; j < FEW_AHEAD; j++) {
        const int i = (threadIdx.x % 32 + 32 * j) * VEC;
        if (i < inputs) add_products<ROWS>(ahead.weights[j], staged + i, inputs, sums);
    }
#pragma unroll 4
    for (int i = (threadIdx.x % 32 + 32 * FEW_AHEAD) * VEC; i < inputs; i += 32 * VEC)
        add_products<ROWS>(load_once(weight + i), staged + i, inputs, sums);
#pragma unroll
    for (int row = 0; row < ROWS; row++) sums[row] = warp_sum(sums[row]);
}

// weight [outputs, inputs]; for INTO_GATE [2 · outputs, inputs]; inputs a multiple of VEC.
template <int ROWS, int INTO>
__device__ __forceinline__ void few(const element* weight, const float* bias, const element* x, const float* norm,
                                    float eps, void* out, int outputs, int inputs) {
    extern __shared__ __align__(16) element staged[];
    let_next_start();
    const int output = blockIdx.x * FEW_WARPS + threadIdx.x / 32;
    const element* up_weight = weight + (size_t)(output + outputs) * inputs;
    weight += (size_t)output * inputs;
    Ahead ahead, up_ahead;
    if (output < outputs) {
        begin(ahead, weight, inputs);
        if (INTO == INTO_GATE) begin(up_ahead, up_weight, inputs);
    }
    wait_for_previous();
    stage<ROWS>(x, norm, eps, inputs, staged);
    if (output >= outputs) return;
    float sums[ROWS], ups[ROWS];
    dot<ROWS>(ahead, weight, staged, inputs, sums);
    if (INTO == INTO_GATE) dot<ROWS>(up_ahead, up_weight, staged, inputs, ups);
    if (threadIdx.x % 32 != 0) return;
#pragma unroll
    for (int row = 0; row < ROWS; row++) {
        const size_t at = (size_t)row * outputs + output;
        const float sum = sums[row] + (bias == nullptr ? 0.0f : bias[output]);
        element* to = (element*)out + at;
        if (INTO == INTO_LOGITS) {
            ((float*)out)[at] = sum;
        } else if (INTO == INTO_ADD) {
            *to = narrow(widen(*to) + sum);
        } else if (INTO == INTO_GATE) {
            const float up = ups[row] + (bias == nullptr ? 0.0f : bias[outputs + output]);
            *to = narrow(gated(sum, up));
        } else {
            *to = narrow(sum);
        }
    }
}

#define FEW_KERNEL(NAME, ROWS, INTO)                                                                           \
    extern "C" __global__ void __launch_bounds__(FEW_WARPS * 32)                                               \
        NAME##_##ROWS(const element* weight, const float* bias, const element* x, const float* norm, float eps, \
                      void* out, int outputs, int inputs) {                                                    \
        few<ROWS, INTO>(weight, bias, x, norm, eps, out, outputs, inputs);                                     \
    }
#define FEW_KERNELS(ROWS)                          \
    FEW_KERNEL(few_replace, ROWS, INTO_REPLACE)    \
    FEW_KERNEL(few_add, ROWS, INTO_ADD)            \
    FEW_KERNEL(few_gate, ROWS, INTO_GATE)          \
    FEW_KERNEL(few_logits, ROWS, INTO_LOGITS)
FEW_KERNELS(1)
FEW_KERNELS(2)
FEW_KERNELS(3)
FEW_KERNELS(4)
