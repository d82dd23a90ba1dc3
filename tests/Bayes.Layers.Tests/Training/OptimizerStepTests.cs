using Bayes.Layers.Training;
using TorchSharp.Modules;

namespace Bayes.Layers.Tests.Training;

public sealed class OptimizerStepTests : TorchTest
{
    private const int Steps = 100;

    // Not a multiple of any vector width.
    private static readonly long[] Shape = [3, 7];

    private static Parameter[] Parameters(ScalarType dtype, params long[][] shapes)
    {
        random.manual_seed(3);
        return [.. shapes.Select(shape => new Parameter(randn(shape, dtype)))];
    }

    /// <summary>The same gradients for both, with very different sizes.</summary>
    private static void SetGradients(IEnumerable<Parameter> parameters, int step)
    {
        random.manual_seed(step);
        foreach (var parameter in parameters)
            parameter.grad = randn(parameter.shape, parameter.dtype).mul(Math.Pow(10, step % 5 - 3));
    }

    private static void StepByTorch(Parameter[] parameters, optim.Optimizer optimizer, int from = 0, int to = Steps, Action? after = null) =>
        Step(parameters, () => optimizer.step(), from, to, after);

    private static void StepHere(Parameter[] parameters, OptimizerStep step, int from = 0, int to = Steps, Action? after = null) =>
        Step(parameters, () => step.Step(parameter => parameter.grad), from, to, after);

    private static void Step(Parameter[] parameters, Action step, int from, int to, Action? after)
    {
        for (int i = from; i < to; i++)
        {
            using var scope = NewDisposeScope();
            SetGradients(parameters, i);
            step();
            after?.Invoke();
        }
    }

    private static void ShouldBeAlike(Parameter[] found, Parameter[] expected, double tolerance)
    {
        foreach (var (here, there) in found.Zip(expected))
            ShouldBeClose(here, there, tolerance);
    }

    private static optim.Optimizer Make(string kind, IEnumerable<Parameter> parameters) => kind switch
    {
        "AdamW" => optim.AdamW(parameters, lr: 0.02, weight_decay: 0.1),
        "AdamW, other numbers" => optim.AdamW(parameters, lr: 0.02, beta1: 0.7, beta2: 0.95, eps: 1e-3),
        "AdamW, ascending" => optim.AdamW(parameters, lr: 0.02, weight_decay: 0.1, maximize: true),
        "AdamW, AMSGrad" => optim.AdamW(parameters, lr: 0.02, amsgrad: true),
        "Adam" => optim.Adam(parameters, lr: 0.02),
        "Adam, decaying" => optim.Adam(parameters, lr: 0.02, weight_decay: 0.1),
        "Adam, ascending" => optim.Adam(parameters, lr: 0.02, weight_decay: 0.1, maximize: true),
        "Adam, AMSGrad" => optim.Adam(parameters, lr: 0.02, amsgrad: true),
        "SGD" => optim.SGD(parameters, 0.02, momentum: 0.9),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };

    [Theory]
    [InlineData("AdamW", true)]
    [InlineData("AdamW, other numbers", true)]
    [InlineData("AdamW, ascending", true)]
    [InlineData("AdamW, AMSGrad", false)]
    [InlineData("Adam", true)]
    [InlineData("Adam, decaying", true)]
    [InlineData("Adam, ascending", true)]
    [InlineData("Adam, AMSGrad", false)]
    [InlineData("SGD", false)]
    public void A_step_matches_torch(string kind, bool isOnePass)
    {
        foreach (var (dtype, tolerance) in new[] { (float32, 1e-5), (float64, 1e-12) })
        {
            Parameter[] here = Parameters(dtype, Shape, [1], [40]), there = Parameters(dtype, Shape, [1], [40]);
            using optim.Optimizer ours = Make(kind, here), theirs = Make(kind, there);
            var step = new OptimizerStep(ours);
            StepHere(here, step);
            StepByTorch(there, theirs);
            ShouldBeAlike(here, there, tolerance);
            step.IsOnePass.Should().Be(isOnePass, kind);
        }
    }

    [Fact]
    public void A_million_weights_are_stepped_the_same_on_several_threads()
    {
        Parameter[] here = Parameters(float32, [(1 << 20) + 5]), there = Parameters(float32, [(1 << 20) + 5]);
        using optim.Optimizer ours = Make("AdamW", here), theirs = Make("AdamW", there);
        StepHere(here, new OptimizerStep(ours), to: 3);
        StepByTorch(there, theirs, to: 3);
        here[0].allclose(there[0], rtol: 1e-5, atol: 1e-6).Should().BeTrue();
    }

    [Fact]
    public void Groups_keep_their_settings_and_added_ones_are_stepped()
    {
        void Train(Parameter[] parameters, Action<Parameter[], optim.Optimizer> run)
        {
            using var optimizer = new AdamW(
                [
                    new AdamW.ParamGroup { Parameters = [parameters[0]], Options = new AdamW.Options { LearningRate = 0.1, weight_decay = 0.5 } },
                    new AdamW.ParamGroup { Parameters = [parameters[1]] },
                ],
                lr: 0.01);
            run(parameters, optimizer);
            optimizer.add_param_group(new AdamW.ParamGroup { Parameters = [parameters[2]], Options = new AdamW.Options { LearningRate = 0.2 } });
            run(parameters, optimizer);
        }
        Parameter[] here = Parameters(float64, Shape, [5], [6]), there = Parameters(float64, Shape, [5], [6]);
        OptimizerStep? step = null;
        Train(here, (parameters, optimizer) => StepHere(parameters, step ??= new OptimizerStep(optimizer), to: 20));
        Train(there, (parameters, optimizer) => StepByTorch(parameters, optimizer, to: 20));
        ShouldBeAlike(here, there, 1e-12);
    }

    [Fact]
    public void A_schedule_of_the_learning_rate_is_followed()
    {
        Parameter[] here = Parameters(float64, Shape), there = Parameters(float64, Shape), constant = Parameters(float64, Shape);
        using optim.Optimizer ours = Make("AdamW", here), theirs = Make("AdamW", there), unscheduled = Make("AdamW", constant);
        var own = optim.lr_scheduler.StepLR(ours, step_size: 7, gamma: 0.5);
        var other = optim.lr_scheduler.StepLR(theirs, step_size: 7, gamma: 0.5);
        StepHere(here, new OptimizerStep(ours), after: () => own.step());
        StepByTorch(there, theirs, after: () => other.step());
        StepHere(constant, new OptimizerStep(unscheduled));
        ShouldBeAlike(here, there, 1e-12);
        ShouldDiffer(here[0], constant[0]);
    }

    [Theory]
    [InlineData("AdamW")]
    [InlineData("Adam, decaying")]
    public void A_saved_state_continues_here_and_in_torch(string kind)
    {
        Parameter[] here = Parameters(float64, Shape, [5]), there = Parameters(float64, Shape, [5]);
        using var file = new MemoryStream();
        using (var first = Make(kind, here))
        {
            StepHere(here, new OptimizerStep(first), to: 50);
            using var writer = new BinaryWriter(file, System.Text.Encoding.UTF8, leaveOpen: true);
            ((OptimizerHelper)first).save_state_dict(writer);
        }
        file.Position = 0;
        using (var second = Make(kind, here))
        {
            var step = new OptimizerStep(second);
            // The state from before loading must not be stepped.
            SetGradients(here, 0);
            using (no_grad())
            {
                Tensor[] before = [.. here.Select(parameter => parameter.clone())];
                step.Step(parameter => parameter.grad);
                foreach (var (parameter, was) in here.Zip(before))
                    parameter.copy_(was);
            }
            using var reader = new BinaryReader(file);
            ((OptimizerHelper)second).load_state_dict(reader);
            StepHere(here, step, from: 50);
        }
        using var theirs = Make(kind, there);
        StepByTorch(there, theirs);
        ShouldBeAlike(here, there, 1e-12);
    }

    [Fact]
    public void A_replaced_state_is_used()
    {
        Parameter[] here = Parameters(float64, Shape), there = Parameters(float64, Shape), other = Parameters(float64, Shape);
        using OptimizerHelper ours = (OptimizerHelper)Make("AdamW", here), theirs = (OptimizerHelper)Make("AdamW", there),
            source = (OptimizerHelper)Make("AdamW", other), sourceToo = (OptimizerHelper)Make("AdamW", other);
        StepByTorch(other, source, to: 9);
        StepByTorch(other, sourceToo, to: 9);
        var step = new OptimizerStep(ours);
        StepHere(here, step, to: 5);
        StepByTorch(there, theirs, to: 5);
        ours.load_state_dict(source.state_dict());
        theirs.load_state_dict(sourceToo.state_dict());
        StepHere(here, step, from: 5);
        StepByTorch(there, theirs, from: 5);
        ShouldBeAlike(here, there, 1e-12);
    }

    [Fact]
    public void Steps_by_torch_in_between_count()
    {
        Parameter[] here = Parameters(float64, Shape), there = Parameters(float64, Shape);
        using optim.Optimizer ours = Make("AdamW", here), theirs = Make("AdamW", there);
        var step = new OptimizerStep(ours);
        StepHere(here, step, to: 30);
        StepByTorch(here, ours, from: 30, to: 60);
        StepHere(here, step, from: 60);
        StepByTorch(there, theirs);
        ShouldBeAlike(here, there, 1e-12);
    }

    [Fact]
    public void A_parameter_without_a_gradient_does_not_change()
    {
        var parameters = Parameters(float64, Shape, [5]);
        using var before = parameters[1].detach().clone();
        using var optimizer = Make("AdamW", parameters);
        SetGradients(parameters[..1], 0);
        new OptimizerStep(optimizer).Step(parameter => parameter.grad);
        ShouldBeClose(parameters[1], before, 0);
        SetGradients(parameters, 1);
        new OptimizerStep(optimizer).Step(parameter => parameter.grad);
        ShouldDiffer(parameters[1], before);
    }

    [Theory]
    [InlineData("half precision")]
    [InlineData("not contiguous")]
    public void Parameters_that_managed_code_cannot_read_are_left_to_torch(string which)
    {
        Parameter[] Odd() => which == "half precision" ? Parameters(bfloat16, Shape) : [new Parameter(Parameters(float64, [7, 3])[0].detach().t())];
        Parameter[] here = Odd(), there = Odd();
        using optim.Optimizer ours = Make("AdamW", here), theirs = Make("AdamW", there);
        var step = new OptimizerStep(ours);
        StepHere(here, step);
        StepByTorch(there, theirs);
        ShouldBeAlike(here, there, 0);
        step.IsOnePass.Should().BeFalse();
    }

    [Fact]
    public void A_custom_optimizer_class_makes_its_own_steps()
    {
        var parameters = Parameters(float64, Shape);
        using var optimizer = new Counting(parameters);
        StepHere(parameters, new OptimizerStep(optimizer), to: 3);
        optimizer.Steps.Should().Be(3);
    }

    private sealed class Counting(IEnumerable<Parameter> parameters) : AdamW(parameters)
    {
        public int Steps { get; private set; }

        public override Tensor step(Func<Tensor>? closure = null)
        {
            Steps++;
            return base.step(closure);
        }
    }

    [Fact]
    public void No_tensor_is_left_alive()
    {
        var parameters = Parameters(float32, Shape);
        using var optimizer = Make("AdamW", parameters);
        var step = new OptimizerStep(optimizer);
        StepHere(parameters, step, to: 2);
        long before = LiveTensors();
        StepHere(parameters, step, to: 50);
        LiveTensors().Should().Be(before);
    }
}
