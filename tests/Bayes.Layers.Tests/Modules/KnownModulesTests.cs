using Bayes.Layers.Modules;
using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Modules;

/// <summary>The table of TorchSharp's module types.</summary>
public sealed class KnownModulesTests : TorchTest
{
    // Of one tensor to one tensor, made without arguments or with those that all of them take.
    public static TheoryData<string> Names =>
    [
        nameof(CELU), nameof(ELU), nameof(GELU), nameof(Hardshrink), nameof(Hardsigmoid), nameof(Hardswish), nameof(Hardtanh), nameof(Identity),
        nameof(LeakyReLU),
        nameof(LogSigmoid), nameof(Mish), nameof(ReLU), nameof(ReLU6), nameof(SELU), nameof(Sigmoid), nameof(SiLU), nameof(Softplus),
        nameof(Softshrink),
        nameof(Softsign), nameof(Tanh), nameof(Tanhshrink), nameof(Threshold), nameof(Softmax), nameof(LogSoftmax), nameof(Softmin), nameof(GLU),
    ];

    private static nn.Module<Tensor, Tensor> Make(string name) => name switch
    {
        nameof(CELU) =>
            CELU(), nameof(ELU) => ELU(), nameof(GELU) => GELU(), nameof(Hardshrink) => Hardshrink(), nameof(Hardsigmoid) => Hardsigmoid(),
        nameof(Hardswish) => Hardswish(), nameof(Hardtanh) => Hardtanh(), nameof(Identity) => Identity(), nameof(LeakyReLU) => LeakyReLU(),
        nameof(LogSigmoid) => LogSigmoid(), nameof(Mish) => Mish(), nameof(ReLU) => ReLU(), nameof(ReLU6) => ReLU6(), nameof(SELU) => SELU(),
        nameof(Sigmoid) =>
            Sigmoid(), nameof(SiLU) => SiLU(), nameof(Softplus) => Softplus(), nameof(Softshrink) => Softshrink(), nameof(Softsign) => Softsign(),
        nameof(Tanh) => Tanh(), nameof(Tanhshrink) => Tanhshrink(), nameof(Threshold) => Threshold(0.1, 3), nameof(Softmax) => Softmax(1),
        nameof(LogSoftmax) => LogSoftmax(1), nameof(Softmin) => Softmin(1), _ => GLU(1),
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void An_elementwise_module_computes_each_element_alone(string name)
    {
        using var module = Make(name);
        Tensor values = randn(4, 6), turned = module.call(values.t().contiguous());
        bool isElementwise = turned.shape.SequenceEqual([6, 4]) && turned.t().allclose(module.call(values));
        KnownModules.Is(ModuleTraits.Elementwise, module).Should().Be(isElementwise);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Only_an_elementwise_module_has_a_function(string name)
    {
        using var module = Make(name);
        if (KnownModules.FunctionOf(module) is not null)
            KnownModules.Is(ModuleTraits.Elementwise, module).Should().BeTrue();
    }

    [Fact]
    public void A_subclass_and_a_module_of_the_user_s_are_not_known()
    {
        using var sequence = new Derived();
        KnownModules.Is(ModuleTraits.Stateless, sequence).Should().BeFalse();
        KnownModules.AreStateless(sequence).Should().BeFalse();
    }

    private sealed class Derived : Sequential
    {
        public Derived() : base(("0", nn.Tanh()))
        {
        }
    }
}
