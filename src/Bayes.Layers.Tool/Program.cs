using Bayes.Layers.Tool;

return TorchProgram.Run((output, error, isTerminal, interrupt) => ToolProgram.Run(args, output, error, isTerminal, interrupt));
