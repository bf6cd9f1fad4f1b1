// Types and small helpers of all kernels. Compiled at load for one model and one element type:
//   ELEMENT   1 bf16, 2 f16, 3 f32
//   HEADS, KV_HEADS, HEAD_DIM   of the model
//   GATE      of the MLP: 0 silu, 1 GELU by its tanh form, 2 within bounds
//   GATE_ALPHA, GATE_LIMIT   bits of the floats of the last
//   GROWTH_BETA   bits of the float β by which queries grow with their position, 0: they do not; GROWTH_LENGTH of the original
//   SCORE_CAP, LOGIT_CAP   bits of the float c that scores and logits are bent to, c · tanh(s / c); 0: they are not
//   HEAD_PAD  HEAD_DIM rounded up to 16: the stride of one head in the cache; what lies behind HEAD_DIM is 0
// No header is needed, so that no toolkit is needed where the program runs.

typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

#define GROUP (HEADS / KV_HEADS)
#define QKV_WIDTH ((HEADS + 2 * KV_HEADS) * HEAD_DIM)
#define BIASED 0x80000000u
#define INFINITY_F __int_as_float(0x7f800000)
#define NAN_F __int_as_float(0x7fffffff)
#define LOG2E 1.4426950408889634f
#define ALL_LANES 0xffffffffu

#if ELEMENT == 3
typedef float element;
#else
typedef u16 element;
#endif

// Elements of one 16-byte access.
#define VEC (16 / (int)sizeof(element))

__device__ __forceinline__ float widen(element value) {
#if ELEMENT == 1
    return __uint_as_float((u32)value << 16);
#elif ELEMENT == 2
    float wide;
    asm("cvt.f32.f16 %0, %1;" : "=f"(wide) : "h"(value));
    return wide;
#else
    return value;
#endif
}

__device__ __forceinline__ element narrow(float value) {
#if ELEMENT == 1 && __CUDA_ARCH__ >= 800
    u16 bits;
    asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(bits) : "f"(value));
    return bits;
#elif ELEMENT == 1
    u32 bits = __float_as_uint(value);
    if ((bits & 0x7fffffff) > 0x7f800000) return 0x7fff;
    return (u16)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
#elif ELEMENT == 2
    u16 bits;
    asm("cvt.rn.f16.f32 %0, %1;" : "=h"(bits) : "f"(value));
    return bits;
#else
    return value;
#endif
}

__device__ __forceinline__ bool is_finite(float value) {
    return (__float_as_uint(value) & 0x7f800000) != 0x7f800000;
}

// VEC elements, loaded and stored at once.
struct Vec {
    uint4 raw;
};

__device__ __forceinline__ Vec load(const element* from) {
    Vec vec;
    vec.raw = *reinterpret_cast<const uint4*>(from);
    return vec;
}

__device__ __forceinline__ void store(element* to, const Vec& vec) {
    *reinterpret_cast<uint4*>(to) = vec.raw;
}

__device__ __forceinline__ void widen(const Vec& vec, float* out) {
    const u32 words[4] = {vec.raw.x, vec.raw.y, vec.raw.z, vec.raw.w};
#pragma unroll
    for (int i = 0; i < 4; i++) {
#if ELEMENT == 3
        out[i] = __uint_as_float(words[i]);
#else
        out[2 * i] = widen((element)(words[i] & 0xffff));
        out[2 * i + 1] = widen((element)(words[i] >> 16));
#endif
    }
}

__device__ __forceinline__ Vec narrow(const float* in) {
    u32 words[4];
#pragma unroll
    for (int i = 0; i < 4; i++) {
#if ELEMENT == 3
        words[i] = __float_as_uint(in[i]);
#else
        words[i] = (u32)narrow(in[2 * i]) | ((u32)narrow(in[2 * i + 1]) << 16);
#endif
    }
    Vec vec;
    vec.raw = make_uint4(words[0], words[1], words[2], words[3]);
    return vec;
}

__device__ __forceinline__ float warp_sum(float value) {
#pragma unroll
    for (int step = 16; step > 0; step /= 2) value += __shfl_xor_sync(ALL_LANES, value, step);
    return value;
}

__device__ __forceinline__ float warp_max(float value) {
#pragma unroll
    for (int step = 16; step > 0; step /= 2) value = fmaxf(value, __shfl_xor_sync(ALL_LANES, value, step));
    return value;
}

// Over the block, the same for every thread; `shared` holds one float per warp. Ends with a barrier.
__device__ __forceinline__ float block_sum(float value, float* shared) {
    value = warp_sum(value);
    if (threadIdx.x % 32 == 0) shared[threadIdx.x / 32] = value;
    __syncthreads();
    float total = 0.0f;
    for (int warp = 0; warp < blockDim.x / 32; warp++) total += shared[warp];
    __syncthreads();
    return total;
}

__device__ __forceinline__ float block_max(float value, float* shared) {
    value = warp_max(value);
    if (threadIdx.x % 32 == 0) shared[threadIdx.x / 32] = value;
    __syncthreads();
    float largest = -INFINITY_F;
    for (int warp = 0; warp < blockDim.x / 32; warp++) largest = fmaxf(largest, shared[warp]);
    __syncthreads();
    return largest;
}

// Kernels of a decode step of few rows may start while the one before still runs (programmatic dependent launch).
// Such a kernel lets the next one start, does what depends on weights alone, and then waits for the one before to be
// complete. Launched in the ordinary way, neither does anything.
__device__ __forceinline__ void let_next_start() {
#if __CUDA_ARCH__ >= 900
    asm volatile("griddepcontrol.launch_dependents;" ::: "memory");
#endif
}

__device__ __forceinline__ void wait_for_previous() {
#if __CUDA_ARCH__ >= 900
    asm volatile("griddepcontrol.wait;" ::: "memory");
#endif
}

// What the down projection of an MLP reads. GELU's x / 2 · (1 + tanh(u)) is x / (1 + e^(-2u)).
__device__ __forceinline__ float gated(float gate, float up) {
#if GATE == 2
    const float limit = __uint_as_float(GATE_LIMIT);
    gate = fminf(gate, limit);
    up = fminf(fmaxf(up, -limit), limit);
    return gate / (1.0f + __expf(-__uint_as_float(GATE_ALPHA) * gate)) * (up + 1.0f);
#elif GATE == 1
    const float twice = 1.5957691216f * (gate + 0.044715f * gate * gate * gate);
    return gate / (1.0f + __expf(-twice)) * up;
#else
    return gate / (1.0f + __expf(-gate)) * up;
#endif
}

// A score times log2(e).
__device__ __forceinline__ float bend_score(float score) {
#if SCORE_CAP
    const float cap = __uint_as_float(SCORE_CAP) * LOG2E;
    return cap * tanhf(score / cap);
#else
    return score;
#endif
}
