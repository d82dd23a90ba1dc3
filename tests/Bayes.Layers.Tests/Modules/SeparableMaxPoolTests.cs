using Bayes.Layers.Modules;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Modules;

public sealed class SeparableMaxPoolTests : TorchTest
{
    public static TheoryData<long, long?> Known => new() { { 1, null }, { 2, null }, { 3, null }, { 2, 1 }, { 3, 2 }, { 2, 3 }, { 1, 2 } };

    [Theory]
    [MemberData(nameof(Known))]
    public void It_matches_torch_to_the_bit(long size, long? stride)
    {
        using var noGrad = no_grad();
        var module = MaxPool2d(size, stride);
        foreach (var dtype in new[] { ScalarType.Float32, ScalarType.Float64 })
            foreach (var (height, width) in new[] { (3L, 3L), (7L, 8L), (8L, 7L), (12L, 13L) })
            {
                var value = Normal(2, 3, height, width).to(dtype);
                value[0, 1, 2, 1] = float.NaN;
                var pooled = SeparableMaxPool.TryApply(module, value);
                pooled.Should().NotBeNull();
                pooled!.is_contiguous().Should().BeTrue();
                pooled.allclose(module.call(value), rtol: 0, atol: 0, equal_nan: true).Should().BeTrue();
            }
    }

    [Fact]
    public void Windows_may_have_sides_of_different_lengths()
    {
        using var noGrad = no_grad();
        var value = Normal(2, 3, 9, 8);
        var module = MaxPool2d((3, 2), (1, 2));
        SeparableMaxPool.TryApply(module, value)!.allclose(module.call(value), rtol: 0, atol: 0, equal_nan: true).Should().BeTrue();
    }

    [Fact]
    public void Unsupported_settings_are_left_to_torch()
    {
        var value = Normal(2, 3, 8, 8);
        SeparableMaxPool.TryApply(MaxPool2d(2), value).Should().BeNull("a gradient is recorded");
        using var noGrad = no_grad();
        SeparableMaxPool.TryApply(MaxPool2d(3, padding: 1), value).Should().BeNull("padding");
        SeparableMaxPool.TryApply(MaxPool2d(2, dilation: 2), value).Should().BeNull("dilation");
        SeparableMaxPool.TryApply(MaxPool2d(3, ceil_mode: true), value).Should().BeNull("ceil_mode");
        SeparableMaxPool.TryApply(MaxPool2d(4), value).Should().BeNull("a large window");
        SeparableMaxPool.TryApply(AvgPool2d(2), value).Should().BeNull("another module");
        SeparableMaxPool.TryApply(MaxPool2d(2), value[0]).Should().BeNull("no batch");
        SeparableMaxPool.TryApply(MaxPool2d(2), Normal(2, 3, 1, 8)).Should().BeNull("too small");
        var watched = MaxPool2d(2);
        watched.register_forward_hook((_, _, output) => output);
        SeparableMaxPool.TryApply(watched, value).Should().BeNull("the module has a hook");
    }

    [Fact]
    public void A_network_computes_the_same_with_and_without_it()
    {
        using var model = new BayesianSequential(new BayesianConv2d(1, 4, 3), ReLU(), MaxPool2d(2), Flatten(), new BayesianLinear(36, 2));
        var input = randn(5, 1, 8, 8);
        random.manual_seed(4);
        var plain = model.forward(input);
        random.manual_seed(4);
        using var noGrad = no_grad();
        ShouldBeClose(model.forward(input), plain, 1e-6);
    }
}
